// @vitest-environment node
import { describe, expect, it } from "vitest";
import {
  type Answer,
  type ChunkedProgress,
  giveUp,
  type Outside,
  PAUSE,
  ROOT,
  unfinished,
  uploadInChunks,
} from "./chunked";
import { UploadFailed } from "./upload";

const CHUNK = 10;
const DONE = { dataset: { id: "data_1" } };

/** A server that keeps chunks, and a connection that a test can cut. */
class World implements Outside {
  readonly uploads = new Map<string, Map<number, string>>();
  readonly requests: string[] = [];
  readonly waits: number[] = [];
  readonly stored = new Map<string, string>();
  readonly memory = {
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => void this.stored.set(key, value),
  };
  time = 0;
  /** Asked before each request; an answer replaces the server's own. */
  before: (name: string) => Answer | null = () => null;
  /** Asked after each request was done: null loses its answer on the way. */
  after: (name: string) => boolean = () => true;

  constructor(readonly file: File) {}

  now(): number {
    this.time += 50;
    return this.time;
  }

  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
  }

  async send(
    method: string,
    address: string,
    body: Blob | string | null,
    headers: Record<string, string>,
    _signal: AbortSignal,
    onSent: (bytes: number) => void,
  ): Promise<Answer> {
    const name = `${method} ${address.replace(ROOT, "")}`;
    this.requests.push(name);
    const planted = this.before(name);
    if (planted) return planted;
    const answer = await this.answer(method, address, body, headers, onSent);
    return this.after(name) ? answer : { status: 0, body: null };
  }

  private async answer(
    method: string,
    address: string,
    body: Blob | string | null,
    headers: Record<string, string>,
    onSent: (bytes: number) => void,
  ): Promise<Answer> {
    const [, id = "", kind, number] = address.slice(ROOT.length).split("/");
    if (id === "init") {
      this.uploads.set(`upl_${this.uploads.size + 1}`, new Map());
      return { status: 201, body: this.state(`upl_${this.uploads.size}`) };
    }
    const chunks = this.uploads.get(id);
    if (!chunks) return { status: 404, body: { code: "upload_not_found" } };
    if (method === "DELETE") {
      this.uploads.delete(id);
      return { status: 204, body: null };
    }
    if (kind === "resume") return { status: 200, body: this.state(id) };
    if (kind === "complete")
      return chunks.size === this.count
        ? { status: 202, body: DONE }
        : { status: 409, body: { code: "upload_incomplete" } };
    expect(headers["Content-Digest"]).toMatch(/^sha-256=:.{44}:$/);
    chunks.set(Number(number), await (body as Blob).text());
    onSent((body as Blob).size);
    return { status: 200, body: {} };
  }

  get count(): number {
    return Math.ceil(this.file.size / CHUNK);
  }

  private state(id: string) {
    const chunks = this.uploads.get(id) ?? new Map<number, string>();
    const missing = Array.from({ length: this.count }, (_, at) => at).filter((at) => !chunks.has(at));
    return {
      id,
      chunk_bytes: CHUNK,
      n_chunks: this.count,
      received_bytes: [...chunks.values()].reduce((sum, text) => sum + text.length, 0),
      missing: missing.map((at) => ({ first: at, last: at })),
    };
  }

  content(id = `upl_${this.uploads.size}`): string {
    return [...(this.uploads.get(id) ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join("");
  }

  chunkRequests(): string[] {
    return this.requests.filter((name) => name.startsWith("PUT"));
  }
}

const TEXT = Array.from({ length: 95 }, (_, at) => String.fromCharCode(97 + (at % 26))).join("");
const file = (text = TEXT) => new File([text], "people.csv", { lastModified: 7 });

function start(world: World, signal = new AbortController().signal, given = world.file) {
  const seen: ChunkedProgress[] = [];
  return { seen, done: uploadInChunks(given, "new", (progress) => seen.push(progress), signal, world) };
}

describe("an upload in chunks", () => {
  it("sends every chunk once and forgets the file when it is whole", async () => {
    const world = new World(file());
    const { seen, done } = start(world);
    expect(await done).toEqual(DONE);
    expect(world.content()).toBe(TEXT);
    expect(world.chunkRequests().length).toBe(10);
    expect(seen.at(-1)).toMatchObject({ sent: 95, safe: 95, total: 95, waiting: false });
    expect(unfinished(world)).toEqual([]);
  });

  it("waits for a connection that is lost and sends only what was under way again", async () => {
    const world = new World(file());
    let cuts = 5;
    world.before = (name) => (name.startsWith("PUT") && cuts-- > 0 ? { status: 0, body: null } : null);
    const { seen, done } = start(world);
    expect(await done).toEqual(DONE);
    expect(world.content()).toBe(TEXT);
    expect(world.chunkRequests().length).toBe(10 + 5);
    expect(seen.some((progress) => progress.waiting)).toBe(true);
    expect(seen.at(-1)?.waiting).toBe(false);
    expect(world.waits[0]).toBe(500);
  });

  it("takes an answer that was lost for no harm", async () => {
    const world = new World(file());
    const lost = new Set<string>();
    world.after = (name) => lost.has(name) || !lost.add(name);
    expect(await start(world).done).toEqual(DONE);
    expect(world.content()).toBe(TEXT);
  });

  it("goes on with the same file after the tab was closed", async () => {
    const world = new World(file());
    const closed = new AbortController();
    world.before = () => {
      if (world.content().length >= 40) closed.abort(PAUSE);
      return null;
    };
    await expect(start(world, closed.signal).done).rejects.toThrow("stopped");
    expect(unfinished(world)).toEqual(["people.csv"]);
    const kept = world.uploads.get("upl_1")?.size ?? 0;
    expect(kept).toBeGreaterThan(0);

    world.before = () => null;
    world.requests.length = 0;
    expect(await start(world, undefined, file()).done).toEqual(DONE);
    expect(world.requests[0]).toBe("GET /upl_1/resume");
    expect(world.chunkRequests().length).toBe(10 - kept);
    expect(world.content("upl_1")).toBe(TEXT);
  });

  it("does not go on with a file that changed, or for another project", async () => {
    const world = new World(file());
    const closed = new AbortController();
    world.before = (name) => {
      if (name.startsWith("PUT")) closed.abort(PAUSE);
      return null;
    };
    await expect(start(world, closed.signal).done).rejects.toThrow();
    world.before = () => null;
    await start(world, undefined, new File([TEXT], "people.csv", { lastModified: 8 })).done;
    await uploadInChunks(file(), "proj_1", () => {}, new AbortController().signal, world);
    expect(world.requests.filter((name) => name.endsWith("/init")).length).toBe(3);
  });

  it("begins anew when the server forgot the upload", async () => {
    const world = new World(file());
    const closed = new AbortController();
    world.before = (name) => {
      if (name.startsWith("PUT")) closed.abort(PAUSE);
      return null;
    };
    await expect(start(world, closed.signal).done).rejects.toThrow();
    world.before = () => null;
    world.uploads.set("upl_1", new Map());
    world.uploads.delete("upl_1");
    expect(await start(world).done).toEqual(DONE);
  });

  it("deletes what was sent when it is given up", async () => {
    const world = new World(file());
    const stopped = new AbortController();
    world.before = (name) => {
      if (name.startsWith("PUT")) stopped.abort();
      return null;
    };
    await expect(start(world, stopped.signal).done).rejects.toMatchObject({ name: "AbortError" });
    expect(world.requests.at(-1)).toBe("DELETE /upl_1");
    expect(unfinished(world)).toEqual([]);
  });

  it("deletes what was sent when it is given up while it pauses", async () => {
    const world = new World(file());
    const paused = new AbortController();
    world.before = (name) => {
      if (name.startsWith("PUT")) paused.abort(PAUSE);
      return null;
    };
    await expect(start(world, paused.signal).done).rejects.toThrow("stopped");
    expect(world.requests.some((name) => name.startsWith("DELETE"))).toBe(false);
    await giveUp(file(), "new", world);
    expect(world.requests.at(-1)).toBe("DELETE /upl_1");
    expect(unfinished(world)).toEqual([]);
  });

  it("sends chunks again that were damaged on the disk of the server", async () => {
    const world = new World(file());
    let damaged = false;
    world.before = (name) => {
      if (!name.endsWith("/complete") || damaged) return null;
      damaged = true;
      world.uploads.get("upl_1")?.delete(3);
      return { status: 409, body: { code: "upload_damaged" } };
    };
    expect(await start(world).done).toEqual(DONE);
    expect(world.chunkRequests().length).toBe(11);
    expect(world.content()).toBe(TEXT);
  });

  it.each([
    [413, "upload_too_large"],
    [429, "too_many_open_uploads"],
    [503, "storage_full"],
    [403, "role_too_weak"],
  ])("ends at a refusal that waiting does not change (%s %s)", async (status, code) => {
    const world = new World(file());
    world.before = () => ({ status, body: { code } });
    await expect(start(world).done).rejects.toBeInstanceOf(UploadFailed);
    expect(world.requests.length).toBe(1);
  });

  it("ends when the file changed under its name", async () => {
    const world = new World(file());
    world.before = (name) =>
      name.startsWith("PUT") ? { status: 409, body: { code: "chunk_differs" } } : null;
    await expect(start(world).done).rejects.toMatchObject({ status: 409 });
    expect(unfinished(world)).toEqual([]);
  });

  it("lives without storage", async () => {
    const world = new World(file());
    const memory = {
      getItem: () => {
        throw new Error("closed");
      },
      setItem: () => {
        throw new Error("closed");
      },
    };
    const send = world.send.bind(world);
    const outside: Outside = { send, wait: () => Promise.resolve(), memory, now: () => 0 };
    const done = uploadInChunks(file(), "new", () => {}, new AbortController().signal, outside);
    expect(await done).toEqual(DONE);
  });
});
