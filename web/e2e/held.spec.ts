import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

const PICTURES = resolve(
  import.meta.dirname,
  process.env["NARRATIVE_PICTURES"] === "1" ? "../../docs/guides/images" : "../test-results/pictures",
);

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

function orders(rows: number, odd: readonly number[] = []): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const price = odd.includes(i) ? -5 : 10 + ((i * 37) % 90);
    return `${price},${["web", "shop", "phone"][i % 3]},${(i * 7) % 30},${price > 50 ? "yes" : "no"}`;
  });
  return ["price,channel,minutes,returned", ...lines].join("\n");
}

/** A project with a model, made over the API the way a person's browser would. */
async function trainedProject(page: Page): Promise<string> {
  const { origin } = new URL(page.url());
  const headers = { Origin: origin };
  const ended = async (id: string) => {
    await expect
      .poll(
        async () =>
          ((await (await page.request.get(`${origin}/api/v1/jobs/${id}`)).json()) as { state: string }).state,
        { timeout: 180_000 },
      )
      .toBe("completed");
  };
  const loaded = await page.request.post(`${origin}/api/v1/datasets/upload?filename=orders.csv&project=new`, {
    headers: { ...headers, "Content-Type": "application/octet-stream" },
    data: Buffer.from(orders(300)),
  });
  const { project, job } = (await loaded.json()) as { project: { id: string }; job: { id: string } };
  await ended(job.id);
  const address = `${origin}/api/v1/projects/${project.id}`;
  const target = await page.request.put(`${address}/target`, { headers, data: { target: "returned" } });
  await ended(((await target.json()) as { job: { id: string } }).job.id);
  const rule = { type: "value_range", params: { column: "price", low: 0 } };
  const saved = await page.request.put(`${address}/data-checks`, { headers, data: { checks: [rule] } });
  expect(saved.ok()).toBe(true);
  const started = await page.request.post(`${address}/experiments`, {
    headers,
    data: { budget_seconds: 10 },
  });
  await ended(((await started.json()) as { job: { id: string } }).job.id);
  return project.id;
}

test("a prediction file that breaks a data check is held with its rows, and predicted by a press on the keyboard", async ({
  signedIn: page,
}, info) => {
  const project = await trainedProject(page);
  await page.goto(new URL(`/p/${project}/predict?tab=batch`, page.url()).href);
  const file = info.outputPath("new orders.csv");
  await writeFile(file, orders(20, [3, 11]));
  await page.getByLabel("File to load").setInputFiles(file);
  const held = page.getByRole("region", { name: "File on hold" });
  await expect(held).toContainText("It breaks 1 data check of this project. No row was predicted.");
  await expect(held.getByRole("row", { name: /^4 −?-?5/ })).toBeVisible();
  await expect(held.getByRole("row", { name: /^12 / })).toBeVisible();
  await expectAccessible(page);
  await picture(page, "07-predict-held");
  const download = page.waitForEvent("download");
  await held.getByRole("link", { name: "Download the failing rows" }).press("Enter");
  expect((await download).suggestedFilename()).toBe("new orders.failing_rows.csv");
  await held.getByRole("button", { name: "Predict all the same" }).focus();
  await page.keyboard.press("Enter");
  const result = page.getByRole("region", { name: "Result", exact: true });
  await expect(result).toContainText("20 rows predicted");
  await expect(result).toContainText("It breaks 1 data check and was predicted on request.");
  await expect(result).toContainText("had it predicted on");
  await expectAccessible(page);
});
