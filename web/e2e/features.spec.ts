import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

const PICTURES = resolve(
  import.meta.dirname,
  process.env["NARRATIVE_PICTURES"] === "1" ? "../../docs/guides/images" : "../test-results/pictures",
);

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled", fullPage: true });
}

/** Numbers that look random and are the same every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296 - 0.5;
  };
}

/** Parcels: volume decides, which no single column holds; a refund is only known afterwards. */
function parcels(): string {
  const next = numbers(7);
  const lines = Array.from({ length: 900 }, (_, i) => {
    const [width, height, noise] = [next() * 4, next() * 4, next() * 10];
    const yes = width * height + next() * 0.6 > 0;
    const refund = yes ? (50 + next() * 60).toFixed(0) : "";
    const city = ["Oslo", "Bern", "Lyon"][(i * 7) % 3];
    return `${7000 + i},${width.toFixed(3)},${height.toFixed(3)},${noise.toFixed(3)},${city},${refund},${yes ? "yes" : "no"}`;
  });
  return ["parcel_id,width,height,noise,city,refund,returned", ...lines].join("\n");
}

async function ended(page: Page, origin: string, job: string): Promise<void> {
  await expect
    .poll(
      async () =>
        ((await (await page.request.get(`${origin}/api/v1/jobs/${job}`)).json()) as { state: string }).state,
      { timeout: 90_000 },
    )
    .toBe("completed");
}

/** A project with a read table, made through the API. */
async function prepared(
  page: Page,
  origin: string,
  table = parcels(),
  filename = "parcels.csv",
): Promise<string> {
  const answer = await page.request.post(`${origin}/api/v1/datasets/upload`, {
    params: { filename, project: "new" },
    data: Buffer.from(table),
    headers: { "Content-Type": "application/octet-stream", "Idempotency-Key": `e2e-features-${filename}` },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const body = (await answer.json()) as { project: { id: string }; job: { id: string } };
  await ended(page, origin, body.job.id);
  return body.project.id;
}

async function chooseTarget(page: Page, origin: string, project: string): Promise<void> {
  const answer = await page.request.put(`${origin}/api/v1/projects/${project}/target`, {
    data: { target: "returned" },
    headers: { "Idempotency-Key": `e2e-features-target-${project}` },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { job } = (await answer.json()) as { job: { id: string } | null };
  if (job) await ended(page, origin, job.id);
}

const tab = (page: Page, name: string) => page.getByRole("tab", { name });

test("roles, a leak that is proven and taken out, an idea accepted, a column put back; by keyboard", async ({
  signedIn: page,
  server,
}) => {
  test.setTimeout(300_000);
  const project = await prepared(page, server.origin);

  await test.step("without a target the page leads to where it is chosen, and not to Train", async () => {
    await page.goto(`${server.origin}/p/${project}/features?tab=ideas`);
    await expect(page.getByRole("heading", { name: "First choose the column to predict." })).toBeVisible();
    await expect(page.getByRole("link", { name: "Continue to Train" })).toHaveCount(0);
    await expectAccessible(page);
    await page.getByRole("link", { name: "Choose it on Profile" }).click();
    await expect(page).toHaveURL(/\/profile$/);
  });

  await test.step("target and task in words, a role for each column", async () => {
    await chooseTarget(page, server.origin, project);
    await page.goto(`${server.origin}/p/${project}/features`);
    await expect(
      page.getByRole("heading", { level: 1, name: "Predicts whether returned is yes or no." }),
    ).toBeVisible();
    const roles = page.getByRole("region", { name: "Role of each column" });
    await expect(roles.getByRole("row").filter({ hasText: "parcel_id" })).toContainText("Key");
    await expectAccessible(page);
    await picture(page, "05-features-columns");
  });

  await test.step("tabs by keyboard; the leak is proven and taken out", async () => {
    await tab(page, "Columns").focus();
    for (const _ of [1, 2, 3]) await page.keyboard.press("ArrowRight");
    await expect(tab(page, "Leaks")).toBeFocused();
    await expect(page).toHaveURL(/tab=leaks/);
    await page.getByRole("button", { name: "Look for leaks" }).focus();
    await page.keyboard.press("Enter");
    const suspect = page.getByRole("article").filter({ hasText: "refund" });
    await expect(suspect).toContainText("Proven", { timeout: 120_000 });
    await expectAccessible(page);
    await picture(page, "05-features-leaks");
    await suspect.getByRole("button", { name: "Take out refund" }).click();
    await expect(suspect.getByRole("button", { name: "Taken out" })).toBeDisabled();
  });

  await test.step("ideas with their gain; the accepted one is among the steps after a reload", async () => {
    await tab(page, "Ideas").click();
    await page.getByRole("button", { name: "Look for ideas" }).click();
    const ideas = page.getByRole("region", { name: "Ideas worth a look" });
    await expect(ideas).toContainText("width × height", { timeout: 120_000 });
    await expectAccessible(page);
    await picture(page, "05-features-ideas");
    await ideas.getByRole("button", { name: "Accept width × height" }).click();
    await expect(ideas.getByRole("row").filter({ hasText: "width × height" })).toContainText(
      "among your steps",
    );
    await page.reload();
    await expect(ideas.getByRole("row").filter({ hasText: "width × height" })).toContainText(
      "among your steps",
    );
    await tab(page, "Columns").click();
    await expect(page.getByRole("region", { name: "Created features" })).toContainText("width × height");
  });

  await test.step("methods side by side; what is taken out can be put back", async () => {
    await tab(page, "Selection").click();
    await page.getByRole("button", { name: "Compare columns" }).click();
    const methods = page.getByRole("region", { name: "Methods side by side" });
    const noise = methods.getByRole("row", { name: /^noise / });
    await expect(noise).toContainText("could go", { timeout: 120_000 });
    await expectAccessible(page);
    await picture(page, "05-features-selection");
    await noise.getByRole("button", { name: "Take out noise" }).click();
    await noise.getByRole("button", { name: "Put back noise" }).click();
    await expect(noise.getByRole("button", { name: "Take out noise" })).toBeVisible();
  });

  await test.step("before a training there is no importance, and the page says when there will be", async () => {
    await tab(page, "Importance").click();
    await expect(page.getByText("After the first training")).toBeVisible();
  });
});

test("a search is stopped and nothing is lost", async ({ signedIn: page, server }) => {
  test.setTimeout(180_000);
  const project = await prepared(page, server.origin);
  await chooseTarget(page, server.origin, project);
  await page.goto(`${server.origin}/p/${project}/features?tab=ideas`);
  await page.getByRole("button", { name: "Look for ideas" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("The last search was stopped before it had a result.")).toBeVisible({
    timeout: 30_000,
  });
  await expect(page.getByRole("button", { name: "Look for ideas" })).toBeEnabled();
});

test("a feature is saved, gets a second version, is exported and used in a project with other names", async ({
  signedIn: page,
  server,
}) => {
  test.setTimeout(180_000);
  const first = await prepared(page, server.origin);
  await chooseTarget(page, server.origin, first);

  await test.step("before anything was created the page says where features come from", async () => {
    await page.goto(`${server.origin}/p/${first}/features?tab=saved`);
    await expect(page.getByText("There is no created feature to save in this project yet.")).toBeVisible();
    await expect(page.getByRole("region", { name: "Saved features" })).toContainText("None yet.");
  });

  await test.step("saved twice: the text differs, so it is version 2", async () => {
    const step = {
      type: "interaction",
      params: { columns: ["width", "height"], operation: "product", name: "area" },
    };
    const added = await page.request.post(`${server.origin}/api/v1/projects/${first}/recipe/steps`, {
      data: step,
      headers: { "Idempotency-Key": "e2e-features-step" },
    });
    expect(added.ok(), await added.text()).toBe(true);
    await page.reload();
    const form = page.getByRole("form", { name: "Save a feature" });
    await expect(form.getByRole("button", { name: "Save the feature" })).toBeDisabled();
    await form.getByRole("checkbox").check();
    await form.getByLabel("Name").fill("Area of the side");
    await form.getByRole("button", { name: "Save the feature" }).click();
    await expect(form.getByRole("status")).toHaveText("Saved as version 1 of “Area of the side”.");
    await form.getByLabel("What it means").fill("Width times height, in square metres.");
    await expect(form.getByRole("status")).toContainText("becomes its version 2");
    await form.getByRole("button", { name: "Save the feature" }).click();
    await expect(form.getByRole("status")).toHaveText("Saved as version 2 of “Area of the side”.");
  });

  const saved = page.getByRole("region", { name: "Saved features" });
  await test.step("the file holds its steps in the shape that recipes are imported in", async () => {
    const coming = page.waitForEvent("download");
    await saved.getByRole("button", { name: "Save Area of the side as JSON" }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe("Area_of_the_side_v2.json");
    const file = JSON.parse(readFileSync(await download.path(), "utf8")) as Record<string, unknown>;
    expect(file).toMatchObject({
      name: "Area of the side",
      feature_version: 2,
      columns: ["width", "height"],
    });
    const imported = await page.request.post(`${server.origin}/api/v1/transformations/recipes/import`, {
      data: { name: "From a file", about: "", recipe: file },
      headers: { "Idempotency-Key": "e2e-features-import" },
    });
    expect(imported.status(), await imported.text()).toBe(201);
    await expectAccessible(page);
    await picture(page, "05-features-saved");
  });

  await test.step("another table calls a column otherwise: it is asked, and the feature is there after", async () => {
    const other = await prepared(page, server.origin, parcels().replace("height", "tallness"), "boxes.csv");
    await chooseTarget(page, server.origin, other);
    await page.goto(`${server.origin}/p/${other}/features?tab=saved`);
    await saved.getByLabel("Version of Area of the side").selectOption("Version 1");
    await saved.getByRole("button", { name: "Use Area of the side here" }).click();
    const columns = saved.getByRole("form", { name: "Columns for Area of the side" });
    await expect(columns).toContainText("Still to choose: height.");
    await expect(columns.getByRole("button", { name: "Add 1 step" })).toBeDisabled();
    await columns.getByLabel("Column for height").selectOption("tallness");
    await picture(page, "05-features-use");
    await columns.getByRole("button", { name: "Add 1 step" }).click();
    await expect(saved.getByRole("status")).toContainText("is among the steps of this project");
    await tab(page, "Columns").click();
    const created = page.getByRole("region", { name: "Created features" });
    await expect(created).toContainText("'area', the product of 'width' and 'tallness'");
  });
});
