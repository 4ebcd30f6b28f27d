/** A refusal of the server: what happened, and a way on. Also stands for a connection that broke. */

export interface ProblemNext {
  readonly title: string;
  readonly action: string;
}

export interface ProblemBody {
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly fix: string | null;
  readonly row: number | null;
  readonly column: string | null;
  readonly next: readonly ProblemNext[];
  /** Field (last part of the JSON pointer) → what is wrong with it. */
  readonly fields: ReadonlyMap<string, string>;
}

export class Problem extends Error {
  constructor(readonly body: ProblemBody) {
    super(body.detail || body.title);
    this.name = "Problem";
  }
}

/** The problem that a response describes; a body of any other kind still gives an honest sentence. */
export function problemFrom(status: number, body: unknown, requestId: string | null = null): Problem {
  if (status === 0) return connectionLost();
  const record = isRecord(body) ? body : {};
  return new Problem({
    status,
    title: text(record["title"]) ?? `The server answered with ${status}`,
    detail: text(record["detail"]) ?? "The answer held no explanation.",
    code: text(record["code"]) ?? "unexpected_answer",
    requestId: text(record["request_id"]) ?? requestId,
    fix: text(record["fix"]),
    row: typeof record["row"] === "number" ? record["row"] : null,
    column: text(record["column"]),
    next: array(record["next"]).flatMap((item) => {
      const title = text(item["title"]);
      const action = text(item["action"]);
      return title !== null && action !== null ? [{ title, action }] : [];
    }),
    fields: new Map(
      array(record["errors"]).flatMap((item) => {
        const pointer = text(item["pointer"]);
        const detail = text(item["detail"]);
        return pointer !== null && detail !== null ? [[pointer.split("/").pop() ?? pointer, detail]] : [];
      }),
    ),
  });
}

/** What a failed job left in its document, in the same form. */
export function problemFromJob(error: unknown, title = "The work ended without a result"): Problem {
  const record = isRecord(error) ? error : {};
  return new Problem({
    status: 0,
    title: text(record["title"]) ?? title,
    detail: text(record["message"]) ?? text(record["detail"]) ?? "The job ended without an explanation.",
    code: text(record["code"]) ?? "job_failed",
    requestId: text(record["request_id"]),
    fix: text(record["fix"]),
    row: typeof record["row"] === "number" ? record["row"] : null,
    column: text(record["column"]),
    next: [],
    fields: new Map(),
  });
}

export function connectionLost(): Problem {
  return new Problem({
    status: 0,
    title: "The server cannot be reached",
    detail: "It did not answer. What it has saved is kept; what was just asked may not have arrived.",
    code: "connection_lost",
    requestId: null,
    fix: "Check that Narrative is still running on the machine that serves this page. This page goes on by itself when it answers again.",
    row: null,
    column: null,
    next: [],
    fields: new Map(),
  });
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return connectionLost();
  return new Problem({
    status: 0,
    title: "This page made a mistake",
    detail: error instanceof Error ? error.message : String(error),
    code: "page_error",
    requestId: null,
    fix: "Load the page again. If it comes back, please report it with these words.",
    row: null,
    column: null,
    next: [],
    fields: new Map(),
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function array(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
