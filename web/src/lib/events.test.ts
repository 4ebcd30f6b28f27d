import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EventStream } from "./events";

class FakeSource {
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readyState = 0;
  closed = false;
  readonly handlers = new Map<string, (event: MessageEvent) => void>();
  constructor(readonly address: string) {}
  addEventListener(type: string, listener: (event: MessageEvent) => void) {
    this.handlers.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  send(kind: string, data: unknown) {
    this.handlers.get(kind)?.(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

describe("the event stream", () => {
  let sources: FakeSource[] = [];
  let stream: EventStream;
  beforeEach(() => {
    vi.useFakeTimers();
    sources = [];
    stream = new EventStream(
      (topics) => topics,
      (address) => {
        const source = new FakeSource(address);
        sources.push(source);
        return source;
      },
      ["job", "project"],
    );
  });
  afterEach(() => vi.useRealTimers());

  it("opens one stream for all topics and hands events to whom they belong", () => {
    const job = vi.fn();
    const project = vi.fn();
    stream.subscribe("job:1", job);
    stream.subscribe("project:9", project);
    vi.advanceTimersByTime(50);
    expect(sources.map((s) => s.address)).toEqual(["job:1,project:9"]);
    sources[0]?.send("job", { id: "1", state: "running" });
    sources[0]?.send("job", { id: "2", state: "running" });
    expect(job).toHaveBeenCalledExactlyOnceWith({ id: "1", state: "running" });
    expect(project).not.toHaveBeenCalled();
  });

  it("closes when nobody listens any more", () => {
    const stop = stream.subscribe("job:1", () => {});
    vi.advanceTimersByTime(50);
    stop();
    vi.advanceTimersByTime(50);
    expect(sources[0]?.closed).toBe(true);
    expect(stream.state).toBe("idle");
  });

  it("says that the connection is lost and tries again when the server refused", () => {
    stream.subscribe("job:1", () => {});
    vi.advanceTimersByTime(50);
    const first = sources[0];
    if (!first) throw new Error("no stream was opened");
    first.readyState = 2;
    first.onerror?.(new Event("error"));
    expect(stream.state).toBe("lost");
    vi.advanceTimersByTime(2500);
    expect(sources).toHaveLength(2);
    sources[1]?.onopen?.(new Event("open"));
    expect(stream.state).toBe("open");
  });

  it("does not wait out a long pause once the server is known to answer", () => {
    stream.subscribe("job:1", () => {});
    vi.advanceTimersByTime(50);
    const first = sources[0];
    if (!first) throw new Error("no stream was opened");
    stream.hurry();
    expect(sources).toHaveLength(1);
    first.readyState = 2;
    first.onerror?.(new Event("error"));
    stream.hurry();
    expect(sources).toHaveLength(2);
    vi.advanceTimersByTime(5000);
    expect(sources).toHaveLength(2);
  });
});
