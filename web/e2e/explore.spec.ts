import { join, resolve } from "node:path";
import { expect, expectAccessible, test } from "./fixtures";

const PICTURES = resolve(import.meta.dirname, "../test-results/pictures");

/** 240 days: two kinds of parcels that differ in two numbers, a weekly season in a third, one row far out. */
function parcels(): string {
  const lines = Array.from({ length: 240 }, (_, i) => {
    const large = (i * 7) % 5 < 2;
    const noise = (seed: number) => Math.sin(i * seed * 12.9898) + Math.cos(i * seed * 4.1414);
    const size = (large ? 60 : 20) + noise(1) * 3 + (i === 77 ? 400 : 0);
    const weight = (large ? 9 : 3) + noise(2) * 0.4;
    const sold = 100 + 12 * Math.sin((2 * Math.PI * i) / 7) + 0.1 * i + noise(3) * 2;
    const day = new Date(Date.UTC(2025, 0, 1 + i)).toISOString().slice(0, 10);
    return [day, size.toFixed(2), weight.toFixed(2), sold.toFixed(1), large ? "pallet" : "box"].join(",");
  });
  return ["day,size,weight,sold,kind", ...lines].join("\n");
}

test("groups, unusual rows and a forecast are found, said and shown", async ({ signedIn: page, server }) => {
  test.setTimeout(180_000);
  const answer = await page.request.post(`${server.origin}/api/v1/datasets/upload`, {
    params: { filename: "parcels.csv", project: "new" },
    data: Buffer.from(parcels()),
    headers: { "Content-Type": "application/octet-stream", "Idempotency-Key": "e2e-explore" },
  });
  const { project, job } = (await answer.json()) as { project: { id: string }; job: { id: string } };
  const state = async () =>
    ((await (await page.request.get(`${server.origin}/api/v1/jobs/${job.id}`)).json()) as { state: string })
      .state;
  await expect.poll(state, { timeout: 60_000 }).toBe("completed");
  await page.goto(`${server.origin}/p/${project.id}/profile`);
  await page.getByRole("link", { name: "Groups, unusual rows, forecast" }).click({ timeout: 20_000 });

  await page.getByRole("button", { name: "Look for groups" }).click();
  await expect(page.getByRole("heading", { name: "240 rows form 2 groups." })).toBeVisible({
    timeout: 90_000,
  });
  await expect(page.getByRole("region", { name: "Group 1" })).toContainText(
    "kind is box in 100% of its rows",
  );
  await expect(page.getByRole("img", { name: "Rows by 2 groups" })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: join(PICTURES, "explore-groups.png"), fullPage: true });

  await page.getByRole("tab", { name: "Unusual rows" }).click();
  await page.getByRole("button", { name: "Look for unusual rows" }).click();
  await expect(page.getByRole("heading", { name: /stands? apart from all others/ })).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.getByRole("region", { name: "Unusual rows" })).toContainText("Line 79");
  await expectAccessible(page);
  await page.screenshot({ path: join(PICTURES, "explore-unusual.png"), fullPage: true });

  await page.getByRole("tab", { name: "Forecast" }).click();
  await page.getByRole("combobox", { name: "Forecast", exact: true }).selectOption("sold");
  await page.getByRole("button", { name: "Make the forecast" }).click();
  await expect(page.getByRole("heading", { name: /^sold next: / })).toBeVisible({ timeout: 90_000 });
  await expect(page.getByRole("img", { name: /known values and forecast/ })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: join(PICTURES, "explore-forecast.png"), fullPage: true });
  const file = await page.request.get(
    new URL(
      (await page.getByRole("link", { name: "Forecasts as CSV" }).getAttribute("href")) ?? "",
      server.origin,
    ).href,
  );
  expect((await file.text()).split("\n")[0]).toBe("day,forecast,lower_90,upper_90");
});
