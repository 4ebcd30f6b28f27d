/** The typed way to the API: paths and shapes come from `openapi.json`, failures arrive as {@link Problem}. */
import { idempotencyKey } from "../lib/keys";
import { problemFrom } from "./problem";
import { isGatewayFault, noteReach } from "./reach";
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = M extends keyof paths[P]
  ? NonNullable<paths[P][M]>
  : never;
type PathWith<M extends Method> = {
  [P in keyof paths]: Operation<P, M> extends { responses: unknown } ? P : never;
}[keyof paths];

type JSONOf<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
/** The JSON of whichever 2xx answer an operation has; undefined for 204. */
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A }
    ? JSONOf<A>
    : R extends { 201: infer A }
      ? JSONOf<A>
      : R extends { 202: infer A }
        ? JSONOf<A>
        : undefined
  : never;

type PathOf<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: never };
type QueryOf<O> = O extends { parameters: { query: infer Q } }
  ? { query: Q }
  : O extends { parameters: { query?: infer Q } }
    ? { query?: Q }
    : { query?: never };
type BodyOf<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : { body?: never };
type Options<O> = PathOf<O> & QueryOf<O> & BodyOf<O> & { signal?: AbortSignal };
/** The options may be left out where nothing in them is required. */
type Rest<O> = Record<never, never> extends Options<O> ? [options?: Options<O>] : [options: Options<O>];

interface Loose {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** An address with its parameters filled in and escaped. */
export function address(template: string, { path = {}, query = {} }: Loose = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name] ?? "")),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    // A list is the same name several times.
    for (const one of [value].flat()) if (one != null) search.append(name, String(one));
  }
  return search.size > 0 ? `${filled}?${search}` : filled;
}

async function send(method: Method, template: string, options: Loose = {}): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json", "X-API-Version": "1" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  // Looking twice does no harm, so it needs no key that the server would have to keep.
  if (method === "post" && !/\/(predict|preview|validate)$/.test(template))
    headers["Idempotency-Key"] = idempotencyKey();
  const response = await fetch(address(template, options), {
    method: method.toUpperCase(),
    headers,
    credentials: "same-origin",
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    // A call that the page itself gave up says nothing about the server.
    if (error instanceof TypeError) noteReach("silent");
    throw error;
  });
  noteReach(isGatewayFault(response.status) ? "silent" : "answers");
  if (response.status === 204) return undefined;
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemFrom(response.status, body, response.headers.get("X-Request-ID"));
  return body;
}

type Caller<M extends Method> = <P extends PathWith<M>>(
  path: P,
  ...options: Rest<Operation<P, M>>
) => Promise<Answer<Operation<P, M>>>;

function caller<M extends Method>(method: M): Caller<M> {
  const call = (path: string, options?: Loose) => send(method, path, options);
  // The document says what this address answers; CI fails when the server and the document differ.
  return call as unknown as Caller<M>;
}

export const api = {
  get: caller("get"),
  post: caller("post"),
  put: caller("put"),
  patch: caller("patch"),
  delete: caller("delete"),
} as const;
