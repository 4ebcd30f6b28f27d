import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import type { Page, TestInfo } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

const PICTURES = resolve(
  import.meta.dirname,
  process.env["NARRATIVE_PICTURES"] === "1" ? "../../docs/guides/images" : "../test-results/pictures",
);

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

async function written(info: TestInfo, name: string, content: string | Buffer): Promise<string> {
  const path = info.outputPath(name);
  await writeFile(path, content);
  return path;
}

async function openNew(page: Page): Promise<void> {
  await page.goto(new URL("/new", page.url()).href);
}

const firstRows = (page: Page) => page.getByRole("region", { name: "First rows", exact: true });
const reading = (page: Page) => page.getByRole("region", { name: "How the file was read" });
const heading = (page: Page) => page.getByRole("heading", { level: 1 });

/** Sales with a note on top, days that could be months, and every tenth row too short. */
function doubtfulSales(): string {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const row = `${1000 + i};0${1 + (i % 9)}/0${1 + ((i * 7) % 9)}/2025;1.2${i % 10}4,50;${i % 3 ? "card" : "cash"}`;
    return i % 10 === 4 ? row.slice(0, row.lastIndexOf(";")) : row;
  });
  return ["Export of the till;;;", "", "receipt;day;amount;paid_by", ...rows].join("\n");
}

test("what the file does not tell is asked first; guesses are changed, read again and taken back", async ({
  signedIn: page,
}, info) => {
  await openNew(page);
  await page.getByLabel("File to load").setInputFiles(await written(info, "sales.csv", doubtfulSales()));
  const questions = page.getByRole("form", { name: /things the file does not tell/ });

  await test.step("open questions come first, each with what was assumed and what depends on it", async () => {
    await expect(questions.getByRole("group")).toHaveCount(2);
    await expect(questions).toContainText("would mean another day");
    await expect(questions).toContainText("assumed until you say");
    await expect(page.getByRole("region", { name: "6 rows left out" })).toContainText("1004;");
    await expectAccessible(page);
    await picture(page, "02-load-questions");
  });

  await test.step("the answers are used without a new upload", async () => {
    await expect(firstRows(page)).toContainText("2025-01-01");
    await questions.getByRole("radio", { name: /The second/ }).check();
    await questions.getByRole("radio", { name: /Keep them/ }).check();
    await questions.getByRole("button", { name: "Use these answers" }).click();
    await expect(questions).toBeHidden();
    await expect(firstRows(page)).toContainText("20 of 60");
    await expect(reading(page).getByLabel("Order of dates")).toHaveValue("month_first");
    await expect(page.getByRole("region", { name: /rows left out/ })).toBeHidden();
  });

  await test.step("a guess and the kind of a column are changed together", async () => {
    await firstRows(page).getByLabel("Kind of receipt").selectOption("text");
    await reading(page).getByText("More settings").click();
    await reading(page).getByLabel("Missing values").fill("cash");
    await reading(page).getByLabel("Missing values").blur();
    const bar = page.getByRole("region", { name: "Changes to the reading" });
    await expect(bar).toContainText("2 changes: Missing values, Kind of receipt");
    await expectAccessible(page);
    await picture(page, "02-load-changes");
    await bar.getByRole("button", { name: "Read again" }).click();
    await expect(firstRows(page).getByRole("cell", { name: "empty" }).first()).toBeVisible();
    await expect(firstRows(page).getByLabel("Kind of receipt")).toHaveValue("text");
  });

  await test.step("and taken back", async () => {
    await reading(page).getByRole("button", { name: "Undo, back to version 2" }).click();
    await expect(firstRows(page).getByLabel("Kind of receipt")).toHaveValue("");
    await expect(firstRows(page)).toContainText("cash");
  });
});

test("by keyboard alone: rows that were left out are listed with their lines and given as a file", async ({
  signedIn: page,
}, info) => {
  const lines = Array.from({ length: 400 }, (_, i) =>
    i === 40 ? "41,oops" : `${i + 1},${(i * 1.37).toFixed(2)},${i % 2 ? "y" : "n"}`,
  );
  lines[200] = "201,unclear,y";
  await openNew(page);
  const file = await written(info, "people.csv", ["id,score,left", ...lines].join("\n"));
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a file" }).focus();
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(file);
  const left = page.getByRole("region", { name: "1 row left out" });
  await expect(left.getByRole("row", { name: /^42 / })).toContainText("41,oops");
  const odd = page.getByRole("region", { name: "1 cell read as missing" });
  await expect(odd.getByRole("row", { name: /^202 score/ })).toContainText("unclear");
  const side = page.waitForEvent("download");
  await left.getByRole("link", { name: "Download it" }).press("Enter");
  expect((await side).suggestedFilename()).toBe("people.bad_rows.csv");
  await left.scrollIntoViewIfNeeded();
  await picture(page, "02-load-left-out");
  await page.getByRole("link", { name: "Continue to Profile" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("grid", { name: "Table with column profiles" })).toBeVisible();
});

test("a file that gives no table says why, and the project takes another file or another reading", async ({
  signedIn: page,
}, info) => {
  await openNew(page);
  const empty = await written(info, "header.csv", "id,score,left\n");
  await page.getByLabel("File to load").setInputFiles(empty);
  await expect(heading(page)).toHaveText("header.csv could not be read.");
  await expect(page.getByRole("alert")).toContainText("line 1");
  await expectAccessible(page);
  await picture(page, "02-load-failed");
  await reading(page).getByLabel("Header", { exact: true }).selectOption("no names");
  await page.getByRole("button", { name: "Read again" }).click();
  await expect(firstRows(page)).toContainText("1 of 1");
});

test.describe("with an operator who lets the server reach this machine", () => {
  test.use({ settings: { NARRATIVE_EGRESS_ALLOW: "127.0.0.1" } });

  test("a copied table and a file on the web are loaded; a database that does not answer says so", async ({
    signedIn: page,
    watch,
  }) => {
    watch.allow(/Failed to load resource|POST .*\/sources\/query/);
    const web = createServer((_, answer) => answer.end("shop,sales\nnorth,4\nsouth,5\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(web, "listening");
    const { port } = web.address() as AddressInfo;

    await openNew(page);
    await page.getByRole("button", { name: "Query a database" }).click();
    await page.getByLabel("Address of the database").fill("postgresql://reader:secret@127.0.0.1:1/shop");
    await page.getByLabel("Query that reads rows").fill("SELECT 1");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Run the query" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByRole("alert")).not.toContainText("secret");

    await page.getByRole("button", { name: "From a web address" }).click();
    await picture(page, "02-load-sources");
    await page.getByLabel("Address of the file").fill(`http://127.0.0.1:${port}/shops.csv`);
    await page.getByRole("button", { name: "Fetch the file" }).click();
    await expect(firstRows(page)).toContainText("north");

    await openNew(page);
    await page.getByRole("button", { name: "Paste a table" }).click();
    await page
      .getByLabel("The table as text, one row a line")
      .fill("city\tpeople\nOslo\t709000\nBergen\t291000\n");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(firstRows(page)).toContainText("Bergen");
    web.close();
  });
});

test("a second table is added only after its gains and losses were shown", async ({
  signedIn: page,
}, info) => {
  const shops = ["shop,town", "north,Oslo", "south,Bergen", "west,Bodø"].join("\n");
  const sales = [
    "id,shop,amount",
    ...Array.from({ length: 12 }, (_, i) => `${i},${["north", "south", "east"][i % 3]},${i * 3}`),
  ];
  for (const [name, content] of [
    ["shops.csv", shops],
    ["sales.csv", sales.join("\n")],
  ] as const) {
    await openNew(page);
    await page.getByLabel("File to load").setInputFiles(await written(info, name, content));
    await expect(firstRows(page)).toBeVisible();
  }
  const panel = page.getByRole("region", { name: "Add another table" });
  await panel.getByLabel("How").selectOption("inner");
  await panel.getByRole("button", { name: "See what it would give" }).click();
  await expect(panel.getByText("Rows lost, without a partner")).toBeVisible();
  await expect(panel.getByRole("status")).toContainText("12");
  await panel.getByRole("button", { name: "Make the table of 8 rows" }).scrollIntoViewIfNeeded();
  await expectAccessible(page);
  await panel.scrollIntoViewIfNeeded();
  await picture(page, "02-load-combine");
  await panel.getByRole("button", { name: "Make the table of 8 rows" }).click();
  await expect(firstRows(page)).toContainText("8 of 8");
  await expect(firstRows(page)).toContainText("Bergen");
  await reading(page).getByRole("button", { name: "Undo, back to version 1" }).click();
  await expect(firstRows(page)).toContainText("12 of 12");
});
