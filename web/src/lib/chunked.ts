/**
 * Sends a large file in chunks that the server keeps one by one, so that a lost connection, a closed tab or a killed
 * server costs no more than the chunks that were under way. The same file chosen again goes on where it stopped.
 */
import type { components } from "../api/schema";
import { idempotencyKey } from "./keys";
import { estimate, type Sample, UploadFailed, type UploadProgress } from "./upload";

type Upload = components["schemas"]["Upload"];

export const ROOT = "/api/v1/upload/chunked";
/** Files up to this size go in one request: a single chunk has nothing to resume. */
export const WHOLE_BYTES = 5 * 1024 * 1024;
const PARALLEL = 4;
const WAIT_MS = [500, 1000, 2000, 5000, 10_000] as const;
const MEMORY = "narrative.uploads";
const REMEMBERED_MS = 24 * 3600 * 1000;
const MOST_REPAIRS = 3;
/** A little more than the time over which speed is judged. */
const KEPT_MS = 4000;

export interface ChunkedProgress extends UploadProgress {
  /** Bytes that are on the disk of the server, whatever happens now. */
  readonly safe: number;
  /** The server does not answer; sending goes on by itself when it does. */
  readonly waiting: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The outside world, so that tests can cut it. `status` 0: the connection broke. */
export interface Outside {
  send(
    method: string,
    address: string,
    body: Blob | string | null,
    headers: Record<string, string>,
    signal: AbortSignal,
    onSent: (bytes: number) => void,
  ): Promise<Answer>;
  /** Resolves after so long, or as soon as there is reason to think that the connection is back. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  readonly memory: Pick<Storage, "getItem" | "setItem">;
  now(): number;
}

interface Remembered {
  readonly id: string;
  readonly name: string;
  readonly at: number;
}

/** Abort with this reason to keep what is safe for later; with any other to give the upload up. */
export const PAUSE = "pause";

/** Sends `file` for a project ("new" or its id) and resolves with the server's answer to the whole. */
export async function uploadInChunks<T>(
  file: File,
  project: string,
  onProgress: (progress: ChunkedProgress) => void,
  signal: AbortSignal,
  outside: Outside = browser(),
): Promise<T> {
  const sender = new Sender(file, project, onProgress, signal, outside);
  try {
    return (await sender.go()) as T;
  } catch (error) {
    if (signal.aborted && signal.reason !== PAUSE) await sender.giveUp();
    throw signal.aborted ? new DOMException("The upload was stopped.", "AbortError") : error;
  }
}

/** Gives up what was sent of a file and paused. */
export function giveUp(file: File, project: string, outside: Outside = browser()): Promise<void> {
  return new Sender(file, project, () => {}, new AbortController().signal, outside).giveUp();
}

/** Names of files whose upload was cut and can go on, newest first. */
export function unfinished(outside: Pick<Outside, "memory" | "now"> = browser()): string[] {
  return Object.values(recall(outside))
    .sort((one, other) => other.at - one.at)
    .map((item) => item.name);
}

class Sender {
  private readonly key: string;
  private readonly samples: Sample[] = [];
  private readonly underWay = new Map<number, number>();
  private upload: Upload | null = null;
  private safe = 0;
  private waiting = false;

  constructor(
    private readonly file: File,
    private readonly project: string,
    private readonly onProgress: (progress: ChunkedProgress) => void,
    private readonly signal: AbortSignal,
    private readonly outside: Outside,
  ) {
    this.key = [file.name, file.size, file.lastModified, project].join("\n");
  }

  async go(): Promise<unknown> {
    for (let repairs = 0; ; repairs += 1) {
      const upload = await this.found();
      await this.sendAll(upload);
      const answer = await this.persist("POST", `${ROOT}/${upload.id}/complete`, null, {});
      if (isFine(answer)) {
        this.forget();
        return answer.body;
      }
      // Chunks that were damaged on the disk, or an upload that expired: what is missing is sent again.
      const mayHelp = ["upload_damaged", "upload_incomplete", "upload_not_found"].includes(codeOf(answer));
      if (!mayHelp) this.forget();
      if (!mayHelp || repairs >= MOST_REPAIRS) throw new UploadFailed(answer.status, answer.body);
    }
  }

  /** Tells the server to delete what it has; it would do so by itself after a day. */
  async giveUp(): Promise<void> {
    const known = this.upload?.id ?? recall(this.outside)[this.key]?.id;
    this.forget();
    const never = new AbortController().signal;
    if (known) await this.outside.send("DELETE", `${ROOT}/${known}`, null, {}, never, () => {});
  }

  /** The upload of this very file, as far as it came; a new one where there is none. */
  private async found(): Promise<Upload> {
    const known = recall(this.outside)[this.key];
    if (known) {
      const answer = await this.persist("GET", `${ROOT}/${known.id}/resume`, null, {});
      if (isFine(answer)) return this.take(answer.body as Upload);
      if (answer.status !== 404) throw new UploadFailed(answer.status, answer.body);
      this.forget();
    }
    const body = JSON.stringify({
      filename: this.file.name,
      size_bytes: this.file.size,
      project: this.project,
    });
    const headers = { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey() };
    const answer = await this.persist("POST", `${ROOT}/init`, body, headers);
    if (!isFine(answer)) throw new UploadFailed(answer.status, answer.body);
    const upload = this.take(answer.body as Upload);
    this.remember(upload.id);
    return upload;
  }

  private take(upload: Upload): Upload {
    this.upload = upload;
    this.safe = upload.received_bytes;
    this.report();
    return upload;
  }

  private async sendAll(upload: Upload): Promise<void> {
    const numbers = upload.missing.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, at) => first + at),
    );
    const failed = new AbortController();
    const signal = AbortSignal.any([this.signal, failed.signal]);
    const work = async () => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        await this.sendOne(upload, number, signal);
      }
    };
    try {
      await Promise.all(Array.from({ length: PARALLEL }, work));
    } finally {
      failed.abort();
      this.underWay.clear();
    }
  }

  private async sendOne(upload: Upload, number: number, signal: AbortSignal): Promise<void> {
    const from = number * upload.chunk_bytes;
    const chunk = this.file.slice(from, from + upload.chunk_bytes);
    const headers = { "Content-Type": "application/octet-stream", ...(await digestOf(chunk)) };
    const answer = await this.persist(
      "PUT",
      `${ROOT}/${upload.id}/chunk/${number}`,
      chunk,
      headers,
      signal,
      (sent) => {
        this.underWay.set(number, Math.min(sent, chunk.size));
        this.report();
      },
    );
    this.underWay.delete(number);
    if (codeOf(answer) === "upload_not_found") return; // expired: the completion will say so, and we begin anew
    if (!isFine(answer)) {
      this.forget();
      throw new UploadFailed(answer.status, answer.body);
    }
    this.safe += chunk.size;
    this.report();
  }

  /** Sends until there is an answer that sending again would not change. */
  private async persist(
    method: string,
    address: string,
    body: Blob | string | null,
    headers: Record<string, string>,
    signal: AbortSignal = this.signal,
    onSent: (bytes: number) => void = () => {},
  ): Promise<Answer> {
    for (let failures = 0; ; failures += 1) {
      signal.throwIfAborted();
      const answer = await this.outside.send(method, address, body, headers, signal, onSent);
      signal.throwIfAborted();
      if (!passes(answer)) {
        this.say(false);
        return answer;
      }
      onSent(0);
      this.say(answer.status !== 429);
      await this.outside.wait(WAIT_MS[Math.min(failures, WAIT_MS.length - 1)] ?? 10_000, signal);
    }
  }

  private say(waiting: boolean): void {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    this.samples.length = 0; // speed is judged anew after a break
    this.report();
  }

  private report(): void {
    const sent = this.safe + [...this.underWay.values()].reduce((sum, bytes) => sum + bytes, 0);
    const at = this.outside.now();
    while (this.samples[0] && this.samples[0].at < at - KEPT_MS) this.samples.shift();
    this.samples.push({ at, sent });
    this.onProgress({
      sent,
      total: this.file.size,
      safe: this.safe,
      waiting: this.waiting,
      ...estimate(this.samples, this.file.size),
    });
  }

  private remember(id: string): void {
    const item: Remembered = { id, name: this.file.name, at: this.outside.now() };
    keep(this.outside, { ...recall(this.outside), [this.key]: item });
  }

  private forget(): void {
    const { [this.key]: _, ...rest } = recall(this.outside);
    keep(this.outside, rest);
  }
}

function isFine(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** Whether the same again may be answered otherwise. A full disk is not: it needs a person. */
function passes(answer: Answer): boolean {
  if (codeOf(answer) === "storage_full" || codeOf(answer) === "too_many_open_uploads") return false;
  if (codeOf(answer) === "chunk_checksum" || codeOf(answer) === "idempotency_in_progress") return true;
  return answer.status === 0 || answer.status === 408 || answer.status === 429 || answer.status >= 500;
}

function codeOf({ body }: Answer): string {
  return typeof body === "object" && body !== null && "code" in body ? String(body.code) : "";
}

/** RFC 9530. Browsers withhold hashing over plain http; the server then checks the length alone. */
async function digestOf(chunk: Blob): Promise<Record<string, string>> {
  if (!globalThis.crypto?.subtle) return {};
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await chunk.arrayBuffer()));
  return { "Content-Digest": `sha-256=:${btoa(String.fromCharCode(...digest))}:` };
}

function recall(outside: Pick<Outside, "memory" | "now">): Record<string, Remembered> {
  const items = Object.entries(parsed(outside.memory));
  return Object.fromEntries(items.filter(([, item]) => outside.now() - item.at < REMEMBERED_MS));
}

function parsed(memory: Outside["memory"]): Record<string, Remembered> {
  try {
    return JSON.parse(memory.getItem(MEMORY) ?? "{}") as Record<string, Remembered>;
  } catch {
    return {}; // storage that is closed or damaged only costs the resuming
  }
}

function keep({ memory }: Pick<Outside, "memory">, items: Record<string, Remembered>): void {
  try {
    memory.setItem(MEMORY, JSON.stringify(items));
  } catch {
    // Storage that is full or closed only costs the resuming after a closed tab.
  }
}

function browser(): Outside {
  return { send: sendOverXHR, wait: waitForConnection, memory: localStorage, now: () => Date.now() };
}

function sendOverXHR(
  method: string,
  address: string,
  body: Blob | string | null,
  headers: Record<string, string>,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<Answer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const end = (answer: Answer) => {
      signal.removeEventListener("abort", abort);
      resolve(answer);
    };
    request.open(method, address);
    request.responseType = "json";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => end({ status: request.status, body: request.response });
    request.onerror = () => end({ status: 0, body: null });
    request.onabort = () => end({ status: 0, body: null });
    signal.addEventListener("abort", abort, { once: true });
    request.send(body);
  });
}

function waitForConnection(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
