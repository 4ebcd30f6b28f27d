import { writeFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

test("what must never happen is noticed", async ({ signedIn: page, watch }) => {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.evaluate(() => {
    const picture = document.createElement("img");
    picture.src = "http://example.invalid/x.png";
    document.body.append(picture);
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await expect.poll(() => watch.faults.join("\n")).toContain("uncaught: Error: planted");
  await expect.poll(() => watch.faults.join("\n")).toContain("Content Security Policy");
  watch.faults.length = 0;
});

/** From the first page to a running training on a sample. */
async function startTraining(page: Page, seconds: number): Promise<void> {
  await page.getByRole("button", { name: /Which clients will accept/ }).click();
  await page.getByRole("link", { name: "Continue to Profile" }).click();
  await page.getByRole("button", { name: /^Predict / }).click();
  await page.getByRole("link", { name: "Continue to Train" }).click();
  await page.getByLabel("Budget in seconds").fill(String(seconds));
  await page.getByRole("button", { name: "Start training" }).click();
  await expect(page.getByRole("button", { name: "Stop, keep what is done" })).toBeVisible();
}

const board = (page: Page) => page.getByRole("region", { name: "Leaderboard" });

const apiOf = (page: Page, path: string) => new URL(`/api/v1/${path}`, page.url()).href;

/** How many there are on the server, and in which states. */
async function states(page: Page, what: "experiments" | "models" | "jobs"): Promise<string[]> {
  const answer = await page.request.get(apiOf(page, what));
  const { items } = (await answer.json()) as { items: { state?: string; type?: string }[] };
  return items.map((item) => [item.type, item.state].filter(Boolean).join(" "));
}

/** The first rows of the table that was loaded, again and again. */
async function manyRows(page: Page, wanted: number): Promise<string> {
  const datasets = (await (await page.request.get(apiOf(page, "datasets"))).json()) as {
    items: { id: string }[];
  };
  const answer = await page.request.get(apiOf(page, `datasets/${datasets.items[0]?.id}/preview?limit=100`));
  const { columns, rows } = (await answer.json()) as { columns: { name: string }[]; rows: unknown[][] };
  const lines = rows.map((row) => row.map((value) => value ?? "").join(";"));
  const repeated = Array.from({ length: wanted }, (_, i) => lines[i % lines.length]);
  return [columns.map((column) => column.name).join(";"), ...repeated].join("\n");
}

test("a cut stream is said, work goes on, and the page follows by asking", async ({
  signedIn: page,
  watch,
  context,
}) => {
  watch.allow(/net::ERR_FAILED.*\/events/);
  await context.route("**/api/v1/events**", (route) => route.abort());
  await startTraining(page, 8);
  const said = page.getByText(/^Live updates lost\. The server answers and its work goes on/);
  await expect(said).toBeVisible();
  await expect(page.getByRole("link", { name: "See how good it is" })).toBeVisible({ timeout: 90_000 });
  await context.unroute("**/api/v1/events**");
  await expect(said).toBeHidden({ timeout: 60_000 });
});

test("a killed server is said, and when it is back the page goes on by itself to one model", async ({
  signedIn: page,
  server,
  watch,
}) => {
  watch.allow(/net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/);
  await startTraining(page, 12);
  await expect(board(page).getByRole("row", { name: /Baseline/ })).toContainText("finished");
  let loads = 0;
  page.on("load", () => {
    loads += 1;
  });
  await server.kill();
  await expect(page.getByText(/^Connection lost\. The server does not answer/)).toBeVisible();
  await expect(page.getByText(/goes on(?! by itself)/)).toHaveCount(0);
  await expect(board(page).getByRole("row", { name: /Baseline/ })).toBeVisible();
  await server.restart();
  await expect(page.getByText(/^Connection lost\./)).toBeHidden({ timeout: 60_000 });
  await expect(page.getByText(/begun again after an interruption/)).toBeVisible({ timeout: 90_000 });
  await page.getByRole("link", { name: "See how good it is" }).click({ timeout: 120_000 });
  await expect(page.getByRole("region", { name: "Score", exact: true })).toContainText("95% interval");
  expect(loads, "loads of the page since the kill").toBe(0);
  expect(await states(page, "models")).toHaveLength(1);
  expect((await states(page, "jobs")).filter((job) => job.startsWith("experiments"))).toEqual([
    "experiments.train completed",
  ]);
});

test("killed workers are started again, and training and a file end with one result each", async ({
  signedIn: page,
  server,
}, info) => {
  await startTraining(page, 10);
  await expect(board(page).getByRole("row", { name: /Baseline/ })).toContainText("finished");
  expect(await server.killWorkers()).toBeGreaterThan(0);
  await expect(page.getByText(/begun again after an interruption/)).toBeVisible({ timeout: 90_000 });
  await page.getByRole("link", { name: "See how good it is" }).click({ timeout: 120_000 });
  await page.getByRole("link", { name: "Continue to Predict" }).click();
  await page.getByRole("tab", { name: "A file" }).click();
  const file = info.outputPath("many.csv");
  await writeFile(file, await manyRows(page, 60_000));
  await page.getByLabel("File to load").setInputFiles(file);
  await expect(page.getByRole("region", { name: /^Predicting/ })).toBeVisible();
  await server.killWorkers();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("60,000 rows predicted", {
    timeout: 120_000,
  });
  expect((await states(page, "jobs")).filter((job) => /experiments|predictions/.test(job)).sort()).toEqual([
    "experiments.train completed",
    "predictions.batch completed",
  ]);
  expect(await states(page, "models")).toHaveLength(1);
});
