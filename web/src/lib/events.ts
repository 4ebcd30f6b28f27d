/**
 * One stream of events for the whole page. Components say which topics they need; the stream is opened again when
 * that set changes, and the browser resumes it by itself after a cut (`Last-Event-ID`). While it is down, queries
 * poll (see {@link useStreamState}), so a page is never left waiting.
 */
import { useEffect, useSyncExternalStore } from "react";

export type StreamState = "idle" | "connecting" | "open" | "lost";
export type Handler = (data: unknown) => void;

interface Source {
  addEventListener(type: string, listener: (event: MessageEvent) => void): void;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  readyState: number;
  close(): void;
}

export class EventStream {
  private readonly topics = new Map<string, Set<Handler>>();
  private readonly listeners = new Set<() => void>();
  private source: Source | null = null;
  private openTopics = "";
  private pending: ReturnType<typeof setTimeout> | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private failures = 0;
  state: StreamState = "idle";

  constructor(
    private readonly address: (topics: string) => string,
    private readonly open: (address: string) => Source,
    private readonly kinds: readonly string[],
  ) {}

  /** Calls `handler` for each event whose kind and id make up `topic` ("job:…"). Returns how to stop. */
  subscribe(topic: string, handler: Handler): () => void {
    const handlers = this.topics.get(topic) ?? new Set();
    handlers.add(handler);
    this.topics.set(topic, handlers);
    this.refresh();
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0 && this.topics.get(topic) === handlers) this.topics.delete(topic);
      this.refresh();
    };
  }

  onState(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tries at once instead of waiting out the pause: the server has just answered something else. */
  hurry(): void {
    if (this.retry === null) return;
    this.failures = 0;
    this.connect([...this.topics.keys()].sort().join(","));
  }

  /** Several components change their topics in one go; the stream follows once, shortly after. */
  private refresh(): void {
    if (this.pending !== null) return;
    this.pending = setTimeout(() => {
      this.pending = null;
      const wanted = [...this.topics.keys()].sort().join(",");
      if (wanted !== this.openTopics || (wanted !== "" && this.source === null && this.retry === null))
        this.connect(wanted);
    }, 30);
  }

  private connect(wanted: string): void {
    this.source?.close();
    this.source = null;
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    this.openTopics = wanted;
    if (wanted === "") {
      this.set("idle");
      return;
    }
    if (this.state !== "lost") this.set("connecting");
    const source = this.open(this.address(wanted));
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.set("open");
    };
    source.onerror = () => {
      this.set("lost");
      // 2 = closed: the server answered with an error, so the browser gave up and we try again with growing waits.
      if (source.readyState !== 2 || this.source !== source) return;
      source.close();
      this.source = null;
      this.failures += 1;
      this.retry = setTimeout(
        () => {
          this.retry = null;
          this.connect([...this.topics.keys()].sort().join(","));
        },
        Math.min(30_000, 1000 * 2 ** Math.min(this.failures, 5)),
      );
    };
    for (const kind of this.kinds) {
      source.addEventListener(kind, (event) => this.deliver(kind, event.data));
    }
  }

  private deliver(kind: string, text: unknown): void {
    const data: unknown = JSON.parse(String(text));
    const id = typeof data === "object" && data !== null && "id" in data ? String(data.id) : "";
    for (const handler of this.topics.get(`${kind}:${id}`) ?? []) handler(data);
  }

  private set(state: StreamState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const stream = new EventStream(
  (topics) => `/api/v1/events?topics=${encodeURIComponent(topics)}`,
  (address) => new EventSource(address),
  ["job", "project"],
);

/** Whether live events arrive; "lost" means that queries poll instead. */
export function useStreamState(): StreamState {
  return useSyncExternalStore(
    (listener) => stream.onState(listener),
    () => stream.state,
    () => "idle",
  );
}

/** Receives the events of `topic` while the component is shown; null listens to nothing. */
export function useTopic(topic: string | null, handler: Handler): void {
  useEffect(() => (topic === null ? undefined : stream.subscribe(topic, handler)), [topic, handler]);
}
