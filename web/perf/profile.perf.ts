/**
 * The Profile page measured in a real browser on a real server: `npm run perf`.
 *
 * NARRATIVE_PERF_ROWS: rows of the long table of 20 mixed columns (default 1,000,000).
 * NARRATIVE_PERF_COLUMNS: columns of the wide tables of 100 rows, separated by commas (default 1000,10000).
 * NARRATIVE_PYTHON: the interpreter that makes the tables (default ../.venv/bin/python).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { test } from "../e2e/fixtures";

const ROWS = Number(process.env["NARRATIVE_PERF_ROWS"] ?? 1_000_000);
const COLUMNS = (process.env["NARRATIVE_PERF_COLUMNS"] ?? "1000,10000").split(",").map(Number);
const BENCHMARKS = resolve(import.meta.dirname, "../../benchmarks");
const PYTHON = process.env["NARRATIVE_PYTHON"] ?? resolve(BENCHMARKS, "../.venv/bin/python");
const TICKS = 100;
const GRID = "[role=grid]";

const line = (text: string) => process.stdout.write(`${text}\n`);
const say = (title: string, figure: string) => line(`${title.padEnd(58)} ${figure}`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const kB = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;

function python(code: string, ...values: string[]): void {
  execFileSync(PYTHON, ["-c", code, BENCHMARKS, ...values], { stdio: "inherit" });
}

function longTable(path: string): void {
  const code = "import sys; sys.path.insert(0, sys.argv[1]); from tables import mixed_table; ";
  python(`${code}mixed_table(int(sys.argv[3])).write_csv(sys.argv[2])`, path, String(ROWS));
}

function wideTable(path: string, columns: number): void {
  const code = "import sys, numpy as np, polars as pl; r = np.random.default_rng(0); n = int(sys.argv[3]); ";
  python(
    `${code}pl.DataFrame(r.normal(size=(100, n)).round(3), schema=[f"measurement_{i}" for i in range(n)], orient="row").write_csv(sys.argv[2])`,
    path,
    String(columns),
  );
}

/** CPU seconds of a process and of all below it, those that have ended included. */
function processorSeconds(root: number): number {
  const all = readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")
        .map(Number);
      const used = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
      return [{ pid: Number(name), parent: fields[1] ?? 0, used }];
    } catch {
      return []; // it ended while it was looked at
    }
  });
  const below = (pid: number): number =>
    all.filter((p) => p.parent === pid).reduce((sum, p) => sum + p.used + below(p.pid), 0);
  return ((all.find((p) => p.pid === root)?.used ?? 0) + below(root)) / TICKS;
}

const firstCell = (page: Page) => page.locator(`${GRID} [role=gridcell]`).filter({ hasText: /\S/ }).first();

/** From the choice of the file to cells and shapes of columns on the Profile page; gives the project's address. */
async function load(page: Page, server: { origin: string; pid: number }, path: string): Promise<string> {
  await page.goto(`${server.origin}/new`);
  const [cpu, start] = [processorSeconds(server.pid), Date.now()];
  await page.locator("input[type=file]").first().setInputFiles(path);
  await page.waitForURL(/\/p\/[^/]+\/load/, { timeout: 120_000 });
  say("  the file is on the server after", seconds(Date.now() - start));
  const onwards = page.getByRole("link", { name: /Profile/ }).last();
  await page.getByRole("region", { name: "First rows" }).waitFor({ timeout: 300_000 });
  say("  read, profiled, first rows on the screen after", seconds(Date.now() - start));
  await onwards.click();
  await firstCell(page).waitFor({ timeout: 60_000 });
  await page.locator(`${GRID} [data-bar]`).first().waitFor({ timeout: 60_000 });
  say("  profile on the screen after", seconds(Date.now() - start));
  say(
    "  CPU of server, worker and children meanwhile",
    `${(processorSeconds(server.pid) - cpu).toFixed(1)} s`,
  );
  return page.url().split("?")[0] ?? "";
}

/** A visit with an empty cache: what travels, and when cells, shapes and findings are there. */
async function visit(page: Page, address: string): Promise<void> {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.clearBrowserCache");
  let [all, api, requests] = [0, 0, 0];
  const apis = new Set<string>();
  client.on("Network.requestWillBeSent", (e) => {
    requests += 1;
    if (e.request.url.includes("/api/v1/")) apis.add(e.requestId);
  });
  client.on("Network.loadingFinished", (e) => {
    all += e.encodedDataLength;
    if (apis.has(e.requestId)) api += e.encodedDataLength;
  });
  await page.goto("about:blank");
  const start = Date.now();
  await page.goto(address, { waitUntil: "commit" });
  await firstCell(page).waitFor({ timeout: 60_000 });
  await page.locator(`${GRID} [data-bar]`).first().waitFor({ timeout: 60_000 });
  await page.locator(GRID).click({ position: { x: 200, y: 200 } });
  const ready = Date.now() - start;
  await page.waitForTimeout(1_500);
  say("  cold visit: cells, shapes, answers a click after", seconds(ready));
  say("  cold visit: transferred", `${kB(all)} in ${requests} requests, of it API ${kB(api)}`);
  await client.detach();
}

/** Frames while the wheel turns for three seconds, and how soon the last row is read. */
async function scroll(page: Page): Promise<void> {
  const client = await page.context().newCDPSession(page);
  // Time of the processor, not of the clock: it says what a frame costs whatever else runs beside.
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () =>
    (await client.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration")?.value ?? 0;
  const before = await busy();
  const frames = await page.evaluate(async (selector) => {
    const grid = document.querySelector(selector) as HTMLElement;
    const times: number[] = [];
    let most = 0;
    const end = performance.now() + 3_000;
    await new Promise<void>((done) => {
      const step = (now: number) => {
        times.push(now);
        grid.scrollTop += 90;
        most = Math.max(most, grid.querySelectorAll("[role=row]").length);
        if (now < end) requestAnimationFrame(step);
        else done();
      };
      requestAnimationFrame(step);
    });
    const gaps = times
      .slice(1)
      .map((t, i) => t - (times[i] ?? 0))
      .sort((a, b) => a - b);
    const at = (q: number) => gaps[Math.floor(q * (gaps.length - 1))] ?? 0;
    return { n: gaps.length, median: at(0.5), p95: at(0.95), longest: at(1), most };
  }, GRID);
  const { median, p95, longest, n, most } = frames;
  say("  processor time of the page per frame", `${((((await busy()) - before) * 1000) / n).toFixed(1)} ms`);
  await client.detach();
  say(
    "  frame while scrolling: median, 95%, longest",
    `${median.toFixed(1)}, ${p95.toFixed(1)}, ${longest.toFixed(1)} ms (${n} frames)`,
  );
  say("  rows in the page at most", String(most));
  await page.locator(GRID).focus();
  const start = Date.now();
  await page.keyboard.press("Control+End");
  await page.locator(`${GRID} [role=gridcell][aria-selected=true]`).filter({ hasText: /\S/ }).waitFor();
  say("  last row on the screen after", seconds(Date.now() - start));
  await page.keyboard.press("Control+Home");
}

/** Order and filter of the whole table, as the server answers and as the grid shows it. */
async function narrow(page: Page, address: string): Promise<void> {
  const sorted = `${address}?sort=decimal_0.desc`;
  const filter = [{ column: "decimal_1", op: "range", low: 120 }];
  const filtered = `${address}?filter=${encodeURIComponent(JSON.stringify(filter))}`;
  for (const [title, target] of [
    ["sorted by a number", sorted],
    ["filtered by a range", filtered],
  ] as const) {
    const answered = page.waitForResponse((r) => r.url().includes("/rows?"));
    await page.goto(target);
    const { responseStart, requestStart } = (await answered).request().timing();
    await firstCell(page).waitFor();
    say(`  ${title}: first answer of the server`, seconds(responseStart - requestStart));
  }
  const start = Date.now();
  await page.getByRole("button", { name: "Compare to the rest" }).click();
  await page.getByRole("region", { name: "Compared to the rest" }).getByRole("status").waitFor();
  say("  compared to the rest after", seconds(Date.now() - start));
}

test("figures of the Profile page", async ({ signedIn: page, server }) => {
  test.setTimeout(1_800_000);
  const folder = mkdtempSync(join(tmpdir(), "narrative-perf-"));
  try {
    const long = join(folder, "long.csv");
    longTable(long);
    line(`\n${ROWS.toLocaleString("en")} rows of 20 columns, ${kB(statSync(long).size)}`);
    const address = await load(page, server, long);
    await visit(page, address);
    await scroll(page);
    await narrow(page, address);
    for (const columns of COLUMNS) {
      const wide = join(folder, `wide-${columns}.csv`);
      wideTable(wide, columns);
      line(`\n100 rows of ${columns.toLocaleString("en")} columns, ${kB(statSync(wide).size)}`);
      await visit(page, await load(page, server, wide));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
