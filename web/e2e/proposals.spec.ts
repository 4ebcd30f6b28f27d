import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { chooseTheme, expect, expectAccessible, expectNoViolation, test } from "./fixtures";

const PICTURES = resolve(import.meta.dirname, "../test-results/pictures");

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

/** 400 orders: blanks around cities, two spellings of a status, a word that means missing, and 12 rows twice. */
function orders(columns: string): string {
  const lines = Array.from({ length: 400 }, (_, i) => {
    const city = ["Lyon", " Paris ", "Nantes  "][i % 3];
    const status = i % 20 === 3 ? "OPEN" : i % 2 === 0 ? "open" : "closed";
    const amount = i % 25 === 7 ? "n/a" : (15 + (i % 7) * 3.5).toFixed(2);
    return `O-${1000 + i},${city},${status},${amount},${1 + (i % 48)}`;
  });
  return [columns, ...lines, ...lines.slice(0, 12)].join("\n");
}

async function load(page: Page, origin: string, name: string, columns: string): Promise<string> {
  const answer = await page.request.post(`${origin}/api/v1/datasets/upload`, {
    params: { filename: `${name}.csv`, project: "new" },
    data: Buffer.from(orders(columns)),
    headers: { "Content-Type": "application/octet-stream", "Idempotency-Key": `e2e-proposals-${name}` },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const body = (await answer.json()) as { project: { id: string }; job: { id: string } };
  const state = async () =>
    ((await (await page.request.get(`${origin}/api/v1/jobs/${body.job.id}`)).json()) as { state: string })
      .state;
  await expect.poll(state, { timeout: 60_000 }).toBe("completed");
  return body.project.id;
}

const steps = (page: Page) => page.getByRole("region", { name: "Steps", exact: true }).getByRole("listitem");
const proposals = (page: Page) => page.getByRole("region", { name: "Proposed repairs" });
const recipes = (page: Page) => page.getByRole("dialog", { name: "Recipes" });

/** Opens the recipes with the keyboard, at one of the tabs. */
async function open(page: Page, tab: string): Promise<void> {
  await page.getByRole("button", { name: "Recipes", exact: true }).press("Enter");
  await recipes(page).getByRole("tab", { name: tab }).click();
}

test("proposals are left out, accepted alone or together; a recipe goes to a table with other names", async ({
  signedIn: page,
  server,
}) => {
  const first = await load(page, server.origin, "orders", "order,city,status,amount,months");
  const second = await load(page, server.origin, "bookings", "order,City name,Status now,amount,months");
  await page.goto(`${server.origin}/p/${first}/prepare`);

  await test.step("an empty recipe shows what should be repaired and why", async () => {
    await expect(proposals(page).getByRole("listitem").nth(1)).toBeVisible({ timeout: 60_000 });
    await expect(proposals(page)).toContainText("begin or end with blanks");
    await expectAccessible(page);
    await picture(page, "04-prepare-proposals");
  });

  const n = await proposals(page).getByRole("listitem").count();
  await test.step("one is left out and shown again, one is accepted, undo gives it back", async () => {
    await proposals(page)
      .getByRole("button", { name: /^Leave out:/ })
      .first()
      .press("Enter");
    await expect(proposals(page).getByRole("listitem")).toHaveCount(n - 1);
    await expect(proposals(page).getByRole("heading")).toBeFocused();
    await expect(proposals(page).getByText("1 proposal left out")).toBeVisible();
    await proposals(page).getByRole("button", { name: "Show again" }).press("Enter");
    await expect(proposals(page).getByRole("listitem")).toHaveCount(n);
    await proposals(page)
      .getByRole("button", { name: /^Accept: Trim/ })
      .press("Enter");
    await expect(steps(page)).toHaveCount(1);
    await expect(proposals(page).getByRole("listitem")).toHaveCount(n - 1);
    await picture(page, "04-prepare-proposals-left");
    await page.getByRole("button", { name: "Undo the last change" }).press("Enter");
    await expect(steps(page)).toHaveCount(0);
    await expect(proposals(page).getByRole("listitem")).toHaveCount(n);
  });

  await test.step("all are accepted with one press, as one change", async () => {
    await proposals(page)
      .getByRole("button", { name: `Accept all ${n}` })
      .press("Enter");
    await expect(steps(page)).toHaveCount(n);
    await expect(proposals(page)).toHaveCount(0);
    await page.getByRole("button", { name: "Undo the last change" }).press("Enter");
    await expect(steps(page)).toHaveCount(0);
    await page.getByRole("button", { name: "Redo the change that was undone" }).press("Enter");
    await expect(steps(page)).toHaveCount(n);
  });

  let json = "";
  await test.step("the steps are saved under a name and stand there as JSON", async () => {
    await open(page, "These steps");
    await recipes(page).getByLabel("Name").fill("House rules");
    await page.keyboard.press("Enter");
    await expect(recipes(page).getByRole("status").filter({ hasText: "Saved as version 1" })).toBeVisible();
    json = await recipes(page).getByRole("group", { name: "The steps as JSON" }).innerText();
    expect((JSON.parse(json) as { steps: unknown[] }).steps).toHaveLength(n);
    await expect(recipes(page).getByText("Apply the steps first")).toBeVisible();
    await picture(page, "04-prepare-recipe-own");
    await page.keyboard.press("Escape");
    await expect(recipes(page)).toHaveCount(0);
  });

  await test.step("applied, they are there as Python with the hash of the version", async () => {
    await page.getByRole("button", { name: /^Apply to/ }).press("Enter");
    await expect(page.getByRole("status").filter({ hasText: "version" })).toBeVisible({ timeout: 60_000 });
    await open(page, "These steps");
    const python = recipes(page).getByRole("group", { name: "The steps as Python" });
    await expect(python).toContainText("narrative.Recipe.from_json", { timeout: 30_000 });
    await python.scrollIntoViewIfNeeded();
    await picture(page, "04-prepare-recipe-python");
    await page.keyboard.press("Escape");
  });

  await test.step("on another table the nearest columns are proposed, and can be changed", async () => {
    await page.goto(`${server.origin}/p/${second}/prepare`);
    await open(page, "Saved recipes");
    await expect(recipes(page).getByText("not used yet")).toBeVisible();
    await picture(page, "04-prepare-recipes");
    await recipes(page).getByRole("button", { name: "Use House rules here" }).press("Enter");
    await expect(recipes(page).getByLabel("Column for status")).toHaveValue("Status now");
    const city = recipes(page).getByLabel("Column for city");
    await expect(city).toHaveValue("City name");
    await city.selectOption("");
    await expect(recipes(page).getByText("Still to choose: city.")).toBeVisible();
    await expect(recipes(page).getByRole("button", { name: `Add ${n} steps` })).toBeDisabled();
    await picture(page, "04-prepare-recipe-mapping");
    await city.selectOption("City name");
    await recipes(page)
      .getByRole("button", { name: `Add ${n} steps` })
      .press("Enter");
    await expect(recipes(page)).toHaveCount(0);
    await expect(steps(page)).toHaveCount(n);
    await expect(page.getByRole("region", { name: "Steps", exact: true })).toContainText("City name");
  });

  await test.step("a recipe from elsewhere is imported; what is none is refused in words", async () => {
    await open(page, "Import");
    const text = recipes(page).getByLabel("Recipe as JSON");
    await text.fill('{"steps": 3}');
    await expect(recipes(page).getByText("no list of steps")).toBeVisible();
    await expect(recipes(page).getByRole("button", { name: "Import the recipe" })).toBeDisabled();
    await text.fill(json);
    await expect(recipes(page).getByText(`${n} steps found.`)).toBeVisible();
    await recipes(page).getByLabel("Name").fill("From elsewhere");
    await recipes(page).getByRole("button", { name: "Import the recipe" }).press("Enter");
    await expect(
      recipes(page).getByRole("heading", { name: "Use “From elsewhere” on this table" }),
    ).toBeVisible();
    await recipes(page).getByRole("button", { name: "Back" }).press("Enter");
    await recipes(page).getByRole("tab", { name: "Saved recipes" }).click();
    await expect(recipes(page).getByRole("listitem")).toHaveCount(2);
    await expect(recipes(page).getByRole("listitem").first()).toContainText("used 1 time");
  });
});

test("recipes are accessible in both themes", async ({ signedIn: page, server }) => {
  const project = await load(page, server.origin, "orders", "order,city,status,amount,months");
  const added = await page.request.post(`${server.origin}/api/v1/projects/${project}/recipe/steps`, {
    data: { type: "trim_whitespace", params: { columns: ["city"] } },
    headers: { "Idempotency-Key": "e2e-proposals-step" },
  });
  expect(added.ok(), await added.text()).toBe(true);
  await page.goto(`${server.origin}/p/${project}/prepare`);
  await expect(steps(page)).toHaveCount(1);
  await expect(proposals(page)).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page);
  await page.request.post(`${server.origin}/api/v1/transformations/recipes`, {
    data: { project_id: project, name: "House rules", about: "For orders of all shops." },
    headers: { "Idempotency-Key": "e2e-proposals-save" },
  });
  for (const theme of ["Dark", "Light"] as const) {
    await chooseTheme(page, theme);
    await open(page, "These steps");
    await expect(recipes(page).getByRole("group", { name: "The steps as JSON" })).toBeVisible();
    await expectNoViolation(page, theme);
    await recipes(page).getByRole("tab", { name: "These steps" }).focus();
    await page.keyboard.press("ArrowRight");
    await expect(recipes(page).getByLabel("Recipe as JSON")).toBeVisible();
    await expectNoViolation(page, theme);
    await page.keyboard.press("Home");
    await recipes(page).getByRole("button", { name: "Use House rules here" }).waitFor();
    await expectNoViolation(page, theme);
    await recipes(page).getByRole("button", { name: "Use House rules here" }).press("Enter");
    await expect(recipes(page).getByLabel("Column for city")).toBeVisible();
    await expectNoViolation(page, theme);
    if (theme === "Dark") await picture(page, "04-prepare-recipe-mapping-dark");
    await page.keyboard.press("Escape");
  }
});
