import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "./fixtures";

const ROWS = 900_000;

/** 17 MB: four chunks. */
async function largeTable(path: string): Promise<void> {
  const lines = Array.from(
    { length: ROWS },
    (_, row) => `${row},${row % 97},${row % 2 ? "yes" : "no"},city ${row % 7}`,
  );
  await writeFile(path, ["id,amount,left,city", ...lines].join("\n"));
}

test("a large file survives a killed server and a closed page", async ({
  signedIn: page,
  server,
  watch,
}, info) => {
  watch.allow(/net::ERR_|Failed to load resource/);
  const file = info.outputPath("large.csv");
  await largeTable(file);
  const chunks: string[] = [];
  page.on("requestfinished", (request) => {
    if (request.method() === "PUT") chunks.push(new URL(request.url()).pathname.split("/").pop() ?? "");
  });
  // One chunk gets through; the others wait until the server is gone.
  let held = true;
  await page.route("**/upload/chunked/*/chunk/*", async (route) => {
    if (held && !route.request().url().endsWith("/chunk/0"))
      await new Promise((done) => setTimeout(done, 4_000));
    await route.continue();
  });
  await page.goto(`${server.origin}/new`);
  await page.getByLabel("File to load").setInputFiles(file);
  await expect.poll(() => chunks).toContain("0");
  await server.kill();
  await expect(
    page.getByText(/^Waiting for the connection\. .* safe on the server\.$/).first(),
  ).toBeVisible();

  // The tab is closed, the server comes back, and the same file is chosen again.
  await page.goto("about:blank");
  await server.restart();
  held = false;
  chunks.length = 0;
  await page.goto(`${server.origin}/new`);
  await expect(page.getByText(/large\.csv was not sent to its end/)).toBeVisible();
  await page.getByLabel("File to load").setInputFiles(file);
  await expect(page.getByRole("link", { name: "Continue to Profile" })).toBeVisible({ timeout: 120_000 });
  expect(chunks).not.toContain("0");
  await expect(page.getByText(/900,000 rows/).first()).toBeVisible();
  const { items } = await (await page.request.get(`${server.origin}/api/v1/datasets`)).json();
  const sent = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  expect(items[0].import_report.sha256).toBe(sent);
});

test("an upload pauses, goes on, and can be given up", async ({ signedIn: page, server }, info) => {
  const file = info.outputPath("large.csv");
  await largeTable(file);
  let slow = true;
  await page.route("**/upload/chunked/*/chunk/*", async (route) => {
    if (slow && !route.request().url().endsWith("/chunk/0"))
      await new Promise((done) => setTimeout(done, 1_500));
    await route.continue().catch(() => {}); // given up meanwhile
  });
  await page.goto(`${server.origin}/new`);
  const first = page.waitForResponse((answer) => answer.url().endsWith("/chunk/0"));
  await page.getByLabel("File to load").setInputFiles(file);
  await first;
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText(/^Paused\. .* safe on the server\.$/).first()).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("progressbar", { name: "Sending large.csv" })).toBeVisible();
  const removed = page.waitForRequest((request) => request.method() === "DELETE");
  await page.getByRole("button", { name: "Stop" }).click();
  await removed;
  await expect(page.getByRole("button", { name: "Choose a file" })).toBeVisible();
  slow = false;
  await expect(page.getByText(/was not sent to its end/)).toHaveCount(0);
});
