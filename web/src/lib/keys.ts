/**
 * A key that makes a repeated POST one action (the server keeps it for a day). Made without `crypto.randomUUID`,
 * which browsers withhold over plain http; `getRandomValues` they do not.
 */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
