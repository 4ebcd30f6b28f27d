// Says what a visitor downloads, and fails when it is more than the design allows (gzipped, in kB of 1000 bytes).
// React 19.3 would be 8 kB heavier than 19.2 for nothing this page uses; that is why 19.2 is pinned.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const folder = join(import.meta.dirname, "../../src/narrative/static");
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const LIMITS = { shared: 115, route: 200, css: 15, fonts: 105 };

const size = (file) => {
  const bytes = readFileSync(join(folder, file));
  return (file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length) / 1000;
};

/** The files a chunk needs before it runs. */
function needed(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return seen;
  seen.add(key);
  for (const other of chunk.imports ?? []) needed(other, seen);
  return seen;
}

const sum = (keys) => [...keys].reduce((total, key) => total + size(manifest[key].file), 0);
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shared = needed(entry);
const css = Object.values(manifest).filter((chunk) => chunk.file.endsWith(".css"));
const styles = new Set([
  ...css.map((c) => c.file),
  ...Object.values(manifest).flatMap((chunk) => chunk.css ?? []),
]);
const fonts = Object.values(manifest).filter(
  (c) => c.file.endsWith(".woff2") && !c.file.includes("latin-ext"),
);
const routes = Object.keys(manifest)
  .filter((key) => key.startsWith("src/routes/"))
  .map((key) => [key, sum(needed(key, new Set(shared)))]);

const results = [
  ["shared script", sum(shared), LIMITS.shared],
  ["styles", [...styles].reduce((total, file) => total + size(file), 0), LIMITS.css],
  ["fonts", fonts.reduce((total, c) => total + size(c.file), 0), LIMITS.fonts],
  ...routes.map(([key, kB]) => [key, kB, LIMITS.route]),
];
let failed = false;
for (const [name, kB, limit] of results) {
  const over = kB > limit;
  failed ||= over;
  console.log(`${over ? "OVER" : "ok  "} ${kB.toFixed(1).padStart(6)} of ${limit} kB  ${name}`);
}
process.exit(failed ? 1 : 0);
