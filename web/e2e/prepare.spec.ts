import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

const PICTURES = resolve(
  import.meta.dirname,
  process.env["NARRATIVE_PICTURES"] === "1" ? "../../docs/guides/images" : "../test-results/pictures",
);

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

/** 400 subscribers: every fifth has no spend, and cities are spelled in two ways. */
function subscribers(): string {
  const lines = Array.from({ length: 400 }, (_, i) => {
    const plan = ["Basic", "Plus", "Premium"][i % 3];
    const spend = i % 5 === 0 ? "" : (15 + (i % 3) * 15 + ((i * 7) % 10)).toFixed(2);
    return `C-${1000 + i},${plan},${spend},${1 + (i % 48)},${i % 4 === 0 ? "yes" : "no"}`;
  });
  return ["customer,plan,spend,months,left", ...lines].join("\n");
}

interface Loaded {
  readonly project: string;
  readonly dataset: string;
}

async function load(page: Page, origin: string): Promise<Loaded> {
  const answer = await page.request.post(`${origin}/api/v1/datasets/upload`, {
    params: { filename: "subscribers.csv", project: "new" },
    data: Buffer.from(subscribers()),
    headers: { "Content-Type": "application/octet-stream", "Idempotency-Key": "e2e-prepare" },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const body = (await answer.json()) as { project: { id: string; dataset_id: string }; job: { id: string } };
  await expect
    .poll(
      async () =>
        ((await (await page.request.get(`${origin}/api/v1/jobs/${body.job.id}`)).json()) as { state: string })
          .state,
      { timeout: 60_000 },
    )
    .toBe("completed");
  return { project: body.project.id, dataset: body.project.dataset_id };
}

const steps = (page: Page) => page.getByRole("region", { name: "Steps", exact: true });
const rows = (page: Page) => page.getByRole("region", { name: "Rows after the steps" });

/** Chooses a step of the catalog with the keyboard alone. */
async function begin(page: Page, words: string, title: string): Promise<void> {
  await page.getByRole("button", { name: "Add a step" }).press("Enter");
  await page.getByRole("searchbox", { name: "Find a step" }).fill(words);
  await page.getByRole("button", { name: new RegExp(`^${title}`) }).press("Enter");
}

test("steps are tried, kept, undone across a reload, branched and applied; the preview is the result", async ({
  signedIn: page,
  server,
}) => {
  const { project, dataset } = await load(page, server.origin);
  await page.goto(`${server.origin}/p/${project}/prepare`);
  await expect(page.getByRole("heading", { name: "The table is used as it was loaded." })).toBeVisible();
  await picture(page, "04-prepare-empty");

  await test.step("a step shows what it would do before it is kept", async () => {
    await begin(page, "fill", "Fill missing values");
    await page.getByRole("group", { name: "Columns" }).getByRole("checkbox", { name: "spend" }).check();
    await page.getByRole("radio", { name: "Only changed rows" }).press("Space");
    await expect(rows(page).getByRole("deletion").first()).toHaveText("empty", { timeout: 30_000 });
    await expect(steps(page).getByRole("listitem")).toHaveCount(0);
    await page.getByRole("button", { name: "Add this step" }).click();
    await expect(steps(page).getByRole("listitem")).toHaveCount(1);
    await expect(steps(page).getByText(/80 (cells|values)/)).toBeVisible({ timeout: 30_000 });
    await picture(page, "04-prepare");
    await expectAccessible(page);
  });

  await test.step("what does not fit is said at the step, with the place in a formula", async () => {
    await begin(page, "formula", "Calculate with a formula");
    await page.getByLabel("New column").fill("per month");
    await page.getByLabel("Formula").last().fill("[spend] / [monthz]");
    const fault = page.getByRole("alert");
    await expect(fault).toContainText("monthz", { timeout: 30_000 });
    await expect(fault).toContainText("months");
    await expect(page.getByRole("button", { name: "Add this step" })).toBeDisabled();
    await picture(page, "04-prepare-formula");
    await page.getByLabel("Formula").last().fill("[spend] / [months]");
    await expect(page.getByRole("columnheader", { name: /per month/ })).toBeVisible({ timeout: 30_000 });
    await page.getByRole("button", { name: "Add this step" }).click();
    await expect(steps(page).getByRole("listitem")).toHaveCount(2);
  });

  await test.step("undo holds across a reload, and going on from there makes a branch", async () => {
    await steps(page).getByRole("button", { name: "Undo the last change" }).focus();
    await page.keyboard.press("Control+z");
    await expect(steps(page).getByRole("listitem")).toHaveCount(1);
    await page.reload();
    await expect(steps(page).getByRole("listitem")).toHaveCount(1);
    await steps(page).getByRole("button", { name: "Redo the change that was undone" }).click();
    await expect(steps(page).getByRole("listitem")).toHaveCount(2);
    await page.keyboard.press("Control+z");
    await expect(steps(page).getByRole("listitem")).toHaveCount(1);
    await begin(page, "round", "Round numbers");
    await page.getByRole("group", { name: "Columns" }).getByRole("checkbox", { name: "spend" }).check();
    await page.getByRole("button", { name: "Add this step" }).click();
    await expect(steps(page).getByText("Round numbers")).toBeVisible();
    await page.getByText(/^History: \d+ states on 2 branches$/).click();
    await page.getByRole("button", { name: /^Go to: Added 'Calculate with a formula'/ }).click();
    await expect(steps(page).getByText("Calculate with a formula")).toBeVisible();
    await expect(steps(page).getByText("Round numbers")).toHaveCount(0);
  });

  await test.step("steps are moved and switched off with the keyboard", async () => {
    await steps(page).getByRole("button", { name: "Move step 1 down" }).press("Enter");
    await expect(steps(page).getByRole("listitem").first()).toContainText("Calculate with a formula");
    await page.keyboard.press("Control+z");
    await expect(steps(page).getByRole("listitem").first()).toContainText("Fill missing values");
    await steps(page).getByRole("button", { name: "Switch step 2 off" }).press("Enter");
    await expect(steps(page).getByText("switched off")).toBeVisible();
    await page.keyboard.press("Control+z");
    await expect(steps(page).getByText("switched off")).toHaveCount(0);
  });

  await test.step("applied, it is what was shown", async () => {
    await page.getByRole("radio", { name: "First rows" }).press("Space");
    const shown = await rows(page).getByRole("row").nth(1).getByRole("cell").allInnerTexts();
    await page.getByRole("button", { name: "Apply to 400 rows" }).click();
    await expect(page.getByRole("status").filter({ hasText: "version" })).toBeVisible({ timeout: 60_000 });
    const lineage = (await (await page.request.get(`${server.origin}/api/v1/lineage/${dataset}`)).json()) as {
      versions: { number: number; kind: string }[];
    };
    expect(lineage.versions.map((version) => version.kind)).toContain("prepared");
    expect(shown.join(" ")).toContain("C-1000");
  });

  await test.step("the lineage shows it, by keyboard alone, and builds it again with equal hashes", async () => {
    await page.getByRole("link", { name: "Lineage" }).click();
    await expect(page.getByRole("heading", { name: /versions of the table/ })).toBeVisible();
    const graph = page.getByRole("region", { name: /Graph of the lineage/ });
    await graph.getByRole("button", { name: /current/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("region", { name: "About Version 2" })).toContainText("Fill missing values");
    await page.getByRole("button", { name: "Compare with the current one" }).press("Enter");
    await expect(page.getByRole("region", { name: "Compared with the current version" })).toContainText(
      "per month",
      { timeout: 30_000 },
    );
    await picture(page, "04-lineage");
    await expectAccessible(page);
    await page.getByRole("button", { name: "As a table" }).press("Enter");
    await expect(page.getByRole("region", { name: "Lineage as a table" }).getByRole("row")).toHaveCount(4);
    await page.getByRole("button", { name: "Reproduce" }).press("Enter");
    await page.getByRole("button", { name: "Build all again and compare" }).press("Enter");
    await expect(page.getByRole("status").filter({ hasText: "equal" })).toBeVisible({ timeout: 60_000 });
  });
});

test("steps that take most rows away ask for a second press", async ({ signedIn: page, server }) => {
  const { project } = await load(page, server.origin);
  await page.request.post(`${server.origin}/api/v1/projects/${project}/recipe/steps`, {
    data: {
      type: "filter_rows",
      params: { conditions: [{ column: "months", operator: "less", values: [10] }] },
    },
    headers: { "Idempotency-Key": "e2e-prepare-loss" },
  });
  await page.goto(`${server.origin}/p/${project}/prepare`);
  await page.getByRole("button", { name: "Apply to 400 rows" }).click();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("%", { timeout: 30_000 });
  await picture(page, "04-prepare-loss");
  await expectAccessible(page);
  await alert.getByRole("button", { name: "Change the steps" }).click();
  await expect(alert).toHaveCount(0);
  await page.getByRole("button", { name: "Apply to 400 rows" }).click();
  await alert.getByRole("button", { name: "Apply all the same" }).click();
  await expect(page.getByRole("status").filter({ hasText: "version" })).toBeVisible({ timeout: 60_000 });
});
