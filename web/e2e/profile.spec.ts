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

/** Orders with gaps, an address per customer, a city, a price and a column that tells nothing. */
function orders(broken: readonly number[] = []): string {
  const lines = Array.from({ length: 1200 }, (_, i) => {
    const price = broken.includes(i) ? -5 : 10 + ((i * 37) % 90);
    const city = ["Oslo", "Bern", "Lyon"][(i * 7) % 3];
    const day = new Date(Date.UTC(2025, 0, 1 + (i % 200))).toISOString().slice(0, 10);
    const weight = i % 9 === 0 ? "" : (price * 0.31 + ((i * 13) % 17)).toFixed(1);
    return `A-${10_000 + i},${day},${city},${price},${weight},EUR,${(i * 31) % 7 < 3 ? "yes" : "no"}`;
  });
  return ["order,day,city,price,weight,currency,returned", ...lines].join("\n");
}

/** A project with the table, loaded through the API; the page opens on its profile. */
async function openProfile(page: Page, origin: string): Promise<string> {
  const project = await send(page, origin, "new", orders());
  await page.goto(`${origin}/p/${project}/profile`);
  await expect(page.getByRole("grid", { name: "Table with column profiles" })).toBeVisible({
    timeout: 60_000,
  });
  return project;
}

async function send(page: Page, origin: string, project: string, text: string): Promise<string> {
  const answer = await page.request.post(`${origin}/api/v1/datasets/upload`, {
    params: { filename: "orders.csv", project },
    data: Buffer.from(text),
    headers: {
      "Content-Type": "application/octet-stream",
      "Idempotency-Key": `e2e-${project}-${text.length}`,
    },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const body = (await answer.json()) as { project: { id: string }; job: { id: string } };
  await expect
    .poll(
      async () =>
        ((await (await page.request.get(`${origin}/api/v1/jobs/${body.job.id}`)).json()) as { state: string })
          .state,
      { timeout: 60_000 },
    )
    .toBe("completed");
  return body.project.id;
}

const tab = (page: Page, name: string) => page.getByRole("tab", { name });

test("the grid by keyboard, a finding applied and undone, columns and relations, a question", async ({
  signedIn: page,
  server,
}) => {
  await openProfile(page, server.origin);
  const grid = page.getByRole("grid", { name: "Table with column profiles" });

  await test.step("every row is reached with the keyboard, few are in the page", async () => {
    await grid.focus();
    await page.keyboard.press("Control+End");
    await expect(grid.getByRole("gridcell", { name: "A-11199" })).toBeVisible();
    await page.keyboard.press("PageUp");
    await expect(grid.getByRole("gridcell", { selected: true })).toBeVisible();
    await page.keyboard.press("Control+Home");
    await expect(grid.getByRole("gridcell", { name: "A-10000", selected: true })).toBeVisible();
    expect(await grid.getByRole("row").count()).toBeLessThan(100);
    await picture(page, "03-profile-grid");
  });

  await test.step("what a finding adds is still there after a reload, and goes with Undo", async () => {
    const findings = page.getByRole("region", { name: "Findings" });
    const steps = page.getByRole("region", { name: "Your steps" });
    const item = findings.getByRole("listitem").filter({ hasText: "currency" });
    await item.getByRole("button").first().click();
    await expect(item).toContainText("among your steps");
    await page.reload();
    await expect(steps).toContainText("currency");
    await expect(item).toContainText("among your steps");
    await item.getByRole("button", { name: /^Undo/ }).click();
    await expect(item).not.toContainText("among your steps");
    await page.reload();
    await expect(item).toBeVisible();
    await expect(item).not.toContainText("among your steps");
  });

  await test.step("a question is answered by computing; another one leads to three that can be", async () => {
    await tab(page, "Ask").click();
    const box = page.getByRole("region", { name: "Ask about the table" });
    await box.getByLabel("Ask about the table").fill("What will the weather be tomorrow?");
    await box.getByRole("button", { name: "Ask", exact: true }).click();
    const nearest = box.getByRole("list", { name: "Questions that can be answered" });
    await expect(nearest.getByRole("button")).toHaveCount(3);
    await box.getByLabel("Ask about the table").fill("What is the mean price by city?");
    await page.keyboard.press("Enter");
    await expect(nearest).toBeHidden();
    await box.getByRole("status").getByRole("button").first().click();
    await expect(page.getByRole("dialog", { name: /comes from/ })).toContainText("Formula");
    await page.keyboard.press("Escape");
    await expectAccessible(page);
    await picture(page, "03-profile-question");
  });

  await test.step("one card per column, each chart also as a table", async () => {
    await tab(page, "Columns").click();
    const price = page.getByRole("article", { name: "Column price" });
    await expect(price).toContainText("Standard deviation");
    await price.getByRole("button", { name: "As table" }).click();
    await expect(price.getByRole("columnheader", { name: "Rows" })).toBeVisible();
    await expect(page).toHaveURL(/tab=columns/);
    await expectAccessible(page);
    await picture(page, "03-profile-columns");
  });

  await test.step("relations show the numbers of the server", async () => {
    await tab(page, "Columns").press("ArrowRight");
    await expect(tab(page, "Relations")).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("region", { name: "Correlation (Pearson)", exact: true })).toContainText(
      "price",
    );
    await expect(page.getByRole("region", { name: "Where the table is empty" })).toContainText("weight");
    await expectAccessible(page);
    await picture(page, "03-profile-relations");
  });
});

test("rows are sorted, filtered and compared by keyboard and by a click on a bar, and the address says it", async ({
  signedIn: page,
  server,
  watch,
}) => {
  await openProfile(page, server.origin);
  const grid = page.getByRole("grid", { name: "Table with column profiles" });
  const bar = page.getByRole("region", { name: "Filters and order" });
  const menu = (column: string) => page.getByRole("dialog", { name: `Sort and filter ${column}` });
  const header = (column: string) => grid.getByRole("columnheader", { name: new RegExp(`filter ${column}`) });

  await test.step("the menu of a column by keyboard alone: largest prices first", async () => {
    await grid.focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp", "Enter"])
      await page.keyboard.press(key);
    await expect(menu("price").getByRole("button", { name: "Sort smallest first" })).toBeFocused();
    await picture(page, "03-profile-menu");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(menu("price")).toBeHidden();
    await expect(header("price")).toHaveAttribute("aria-sort", "descending");
    await expect(grid.getByRole("gridcell", { name: "99", exact: true }).first()).toBeVisible();
    await expect(bar).toContainText("price largest first");
    await expect(page).toHaveURL(/sort=price\.desc/);
  });

  await test.step("filtered to one city by the menu, and found again under the same address", async () => {
    await header("city").getByRole("button").click();
    await menu("city").getByRole("checkbox", { name: /Oslo/ }).check();
    await menu("city").getByRole("button", { name: "Show these values" }).click();
    await expect(bar.getByRole("status")).toHaveText("400 of 1,200 rows");
    await page.reload();
    await expect(bar.getByRole("status")).toHaveText("400 of 1,200 rows");
    await expect(bar).toContainText("city is Oslo");
    await expect(grid.getByRole("gridcell", { name: "Bern" })).toHaveCount(0);
    await picture(page, "03-profile-filtered");
    await expectAccessible(page);
  });

  await test.step("a click on a bar keeps its rows; compared to the rest, each number has its card", async () => {
    await bar.getByRole("button", { name: "Clear" }).click();
    await expect(bar).toBeHidden();
    await header("price").locator("[data-bar='0']").click();
    await expect(bar).toContainText("price 10 to below");
    const title = (await header("price").locator("[data-bar='0'] title").textContent()) ?? "";
    const held = /([\d,]+) rows?$/.exec(title)?.[1] ?? "nothing";
    await expect(bar.getByRole("status").first()).toHaveText(`${held} of 1,200 rows`);
    await bar.getByRole("button", { name: "Compare to the rest" }).click();
    const compared = page.getByRole("region", { name: "Compared to the rest" });
    await expect(compared).toContainText(`${held} of 1,200 rows fit`);
    await expect(compared).toContainText("weight is");
    await compared.getByRole("button").first().click();
    await expect(page.getByRole("dialog", { name: /comes from/ })).toContainText("Formula");
    await page.keyboard.press("Escape");
    await picture(page, "03-profile-compared");
    await expectAccessible(page);
  });

  await test.step("a range that fits nothing says so; what a column cannot be asked is explained", async () => {
    await header("price").getByRole("button").click();
    await menu("price").getByLabel("From", { exact: true }).fill("5000");
    await menu("price").getByLabel("To", { exact: true }).fill("");
    await menu("price").getByRole("button", { name: "Show this range" }).click();
    await expect(page.getByText("No row fits the filters.")).toBeVisible();
    watch.allow(/422 .*\/rows/);
    await page.goto(
      `${page.url().split("?")[0]}?filter=${encodeURIComponent('[{"column":"price","op":"is","values":["dear"]}]')}`,
    );
    await expect(page.getByRole("alert")).toContainText("cannot be asked for");
    await bar.getByRole("button", { name: "Remove the filter on price" }).click();
    await expect(grid.getByRole("gridcell", { name: "A-10000" })).toBeVisible();
  });
});

test("a table of two thousand columns: each comes into sight, and little travels", async ({
  signedIn: page,
  server,
}) => {
  const names = Array.from({ length: 2000 }, (_, i) => `m${String(i).padStart(4, "0")}`);
  const lines = Array.from({ length: 60 }, (_, r) => names.map((_, c) => (r * 7 + c * 3) % 101).join(","));
  const project = await send(page, server.origin, "new", [names.join(","), ...lines].join("\n"));
  let received = 0;
  page.on("response", (response) => {
    if (response.url().includes("/api/v1/")) {
      response.body().then(
        (body) => {
          received += body.length;
        },
        () => undefined, // an answer that the page gave up
      );
    }
  });
  await page.goto(`${server.origin}/p/${project}/profile`);
  const grid = page.getByRole("grid", { name: "Table with column profiles" });
  await expect(grid).toHaveAttribute("aria-colcount", "2000");
  await expect(grid.getByRole("gridcell").first()).not.toBeEmpty();
  await grid.focus();
  await page.keyboard.press("Control+ArrowRight");
  await expect(grid.getByRole("columnheader", { name: /m1999/ })).toBeVisible();
  await expect(grid.getByRole("gridcell", { selected: true })).toHaveText(String((1999 * 3) % 101));
  await expect(grid.getByRole("columnheader", { name: /m1999/ })).toContainText("–");
  expect(await grid.getByRole("gridcell").count()).toBeLessThan(1500);
  expect(received).toBeLessThan(1_000_000);
  await tab(page, "Columns").click();
  await page.getByLabel("Find a column").first().fill("m1234");
  await expect(page.getByRole("article", { name: "Column m1234" })).toBeVisible();
});

test("a data check is saved, holds a version that breaks it, and shows the rows", async ({
  signedIn: page,
  server,
}) => {
  const project = await openProfile(page, server.origin);
  await tab(page, "Data checks").click();
  const proposed = page.getByRole("region", { name: "Proposed rules" });
  const saved = page.getByRole("region", { name: "Rules in force" });
  const rule = proposed
    .getByRole("listitem")
    .filter({ hasText: /^price .*(between|least|0)/i })
    .first();
  await rule.getByRole("button", { name: /^Add the rule/ }).click();
  await expect(saved.getByRole("checkbox")).toHaveCount(1);
  await page.reload();
  await expect(saved.getByRole("checkbox")).toBeChecked();
  await expectAccessible(page);
  await picture(page, "03-profile-checks");

  await send(page, server.origin, project, orders([4, 40]));
  await page.reload();
  const held = page.getByRole("region", { name: "Version on hold" });
  await expect(held).toBeVisible();
  await expect(saved.getByRole("row")).toHaveCount(3);
  await expect(saved.getByRole("cell", { name: "41" })).toBeVisible();
  await expectAccessible(page);
  await picture(page, "03-profile-held");

  await held.getByRole("button", { name: "Keep the version before" }).click();
  await expect(held).toBeHidden();
  await saved.getByRole("checkbox").uncheck();
  await expect(saved).toContainText("switched off");
  await page.reload();
  await expect(saved.getByRole("checkbox")).not.toBeChecked();
});
