import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type Server as WebServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { test as base, expect, expectAccessible } from "./fixtures";

const ROOT = resolve(import.meta.dirname, "../..");
const PYTHON = process.env["NARRATIVE_PYTHON"] ?? join(ROOT, ".venv/bin/python");
const PICTURES = resolve(
  import.meta.dirname,
  process.env["NARRATIVE_PICTURES"] === "1" ? "../../docs/guides/images" : "../test-results/pictures",
);
const run = promisify(execFile);
const options = { cwd: ROOT };

async function make(what: "workbook" | "archive" | "database_file", folder: string): Promise<void> {
  await run(PYTHON, ["-m", "tests.fixtures.stand_ins", what, folder], options);
}

/** A stand-in that says where it is and ends with its input. */
async function start(what: "database" | "store", folder: string): Promise<[ChildProcess, StandIn]> {
  const child = spawn(PYTHON, ["-m", "tests.fixtures.stand_ins", what, folder], {
    ...options,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  return [child, JSON.parse(line) as StandIn];
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
}

interface StandIn {
  readonly url: string;
  readonly endpoint: string;
  readonly key_id: string;
  readonly secret: string;
}

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

async function openNew(page: Page): Promise<void> {
  await page.goto(new URL("/new", page.url()).href);
}

const firstRows = (page: Page) => page.getByRole("region", { name: "First rows", exact: true });
const source = (page: Page) => page.getByRole("region", { name: "Source", exact: true });
const reading = (page: Page) => page.getByRole("region", { name: "How the file was read" });

base(
  "another sheet of a workbook and another member of an archive are read without a new upload",
  async ({ signedIn: page }, info) => {
    const folder = info.outputPath();
    await make("workbook", folder);
    await make("archive", folder);
    await make("database_file", folder);

    await base.step("sheet", async () => {
      await openNew(page);
      await page.getByLabel("File to load").setInputFiles(join(folder, "orders.xlsx"));
      await expect(firstRows(page)).toContainText("prices");
      await reading(page).getByLabel("Sheet", { exact: true }).selectOption("Orders");
      await page.getByRole("button", { name: "Read again" }).click();
      await expect(firstRows(page)).toContainText("of 40");
      await expect(firstRows(page)).toContainText("order_number");
      await expectAccessible(page);
      await picture(page, "02-load-sheet");
    });

    await base.step("member", async () => {
      await openNew(page);
      await page.getByLabel("File to load").setInputFiles(join(folder, "orders.zip"));
      await expect(firstRows(page)).toContainText("prices"); // the larger one, until somebody says which
      const member = reading(page).getByLabel("File of the archive");
      await member.selectOption("2026/orders.csv");
      await page.getByRole("button", { name: "Read again" }).click();
      await expect(firstRows(page)).toContainText("of 40");
    });

    await base.step("table of a database file, by keyboard alone", async () => {
      await openNew(page);
      await page.getByLabel("File to load").setInputFiles(join(folder, "orders.db"));
      await expect(firstRows(page)).toContainText("of 90");
      const question = page.getByRole("group", { name: /Which table of the database do you want/ });
      await question.getByRole("radio", { name: /visits/ }).focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await expect(firstRows(page)).toContainText("of 40");
      await picture(page, "02-load-database-file");
    });
  },
);

base(
  "two files: the rows of one are added below, the columns of another beside",
  async ({ signedIn: page }, info) => {
    const orders = (from: number) =>
      [
        "id,shop,amount",
        ...Array.from({ length: 12 }, (_, i) => `${from + i},${"nsx"[i % 3]},${i * 3}`),
      ].join("\n");
    const files = {
      "shops.csv": "shop,town\nn,Oslo\ns,Bergen\nw,Bodø\n",
      "february.csv": orders(100),
      "january.csv": orders(1),
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(info.outputPath(name), content);
      await openNew(page);
      await page.getByLabel("File to load").setInputFiles(info.outputPath(name));
      await expect(firstRows(page)).toBeVisible();
    }
    const panel = page.getByRole("region", { name: "Add another table" });
    await panel.getByRole("combobox").first().selectOption({ label: "february (12 rows)" });
    await panel.getByRole("button", { name: "See what it would give" }).click();
    await panel.getByRole("button", { name: "Make the table of 24 rows" }).click();
    await expect(firstRows(page)).toContainText("of 24");
    await panel.getByRole("combobox").first().selectOption({ label: "shops (3 rows)" });
    await panel.getByLabel("How").selectOption("left");
    await panel.getByRole("button", { name: "See what it would give" }).click();
    await panel.getByRole("button", { name: "Make the table of 24 rows" }).click();
    await expect(firstRows(page)).toContainText("Bergen");
    await expect(firstRows(page)).toContainText("of 24");
  },
);

/** A file on the web that changes. */
const webTest = base.extend<{ web: { body: string; readonly port: number } }>({
  settings: { NARRATIVE_EGRESS_ALLOW: "127.0.0.1" },
  web: async ({ server: _ }, use) => {
    const there = { body: "", port: 0 };
    const server: WebServer = createServer((_, answer) => answer.end(there.body)).listen(0, "127.0.0.1");
    await once(server, "listening");
    there.port = (server.address() as AddressInfo).port;
    await use(there);
    server.close();
  },
});

webTest(
  "a file on the web is fetched again: the same is said, what differs is told, and a schedule is kept",
  async ({ signedIn: page, web }) => {
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${1000 + i},${["north", "south"][i % 2]},${(i * 7) % 50}`,
    );
    web.body = ["order_number,shop,amount", ...rows].join("\n");
    await openNew(page);
    await page.getByRole("button", { name: "From a web address" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    for (const _ of ["query", "object"]) await page.keyboard.press("Tab"); // the other ways stand between
    await page.keyboard.type(`http://127.0.0.1:${web.port}/orders.csv`);
    await page.keyboard.press("Enter");
    await expect(firstRows(page)).toContainText("of 40");
    await expect(source(page)).toContainText(`From http://127.0.0.1:${web.port}/orders.csv`);

    await webTest.step("nothing has changed", async () => {
      await source(page).getByRole("button", { name: "Refresh now" }).focus();
      await page.keyboard.press("Enter");
      await expect(source(page).getByRole("status")).toContainText("Nothing had changed at the source");
    });

    await webTest.step("a shop is new, an order is gone, another one differs", async () => {
      rows.shift();
      rows[0] = "1001,south,49";
      web.body = ["order_number,shop,amount", ...rows, "2000,harbour,3", "2001,harbour,4"].join("\n");
      await source(page).getByRole("button", { name: "Refresh now" }).click();
      await expect(firstRows(page)).toContainText("of 41");
      await expect(source(page).getByRole("status")).toContainText("Version 2 is what arrived: 1 row more");
      await expect(source(page).getByRole("list", { name: "What changed" })).toContainText("harbour");
      await expectAccessible(page);
      await source(page).scrollIntoViewIfNeeded();
      await picture(page, "02-load-refreshed");
    });

    await webTest.step("a schedule, by keyboard alone", async () => {
      const form = source(page).getByRole("form", { name: "Schedule" });
      await form.getByLabel("Every").focus();
      await page.keyboard.press("w");
      await form.getByRole("combobox").nth(1).focus();
      await page.keyboard.press("t");
      await form.getByLabel("Time zone").fill("Europe/Oslo");
      await page.keyboard.press("Enter");
      await expect(source(page)).toContainText("Fetched again every Tuesday at 06:00 (Europe/Oslo). Next:");
      await picture(page, "02-load-scheduled");
      await source(page).getByRole("button", { name: "Pause" }).press("Enter");
      await expect(source(page)).toContainText("Paused.");
      await source(page).getByRole("button", { name: "Delete the schedule" }).press("Enter");
      await expect(source(page).getByRole("form", { name: "Schedule" })).toBeVisible();
    });
  },
);

/** A database under a name of the operator, and a real S3 server. */
const storeTest = base.extend<{ database: StandIn; store: StandIn }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern
  database: async ({}, use, info) => {
    const [child, there] = await start("database", info.outputPath());
    await use(there);
    await end(child);
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern
  store: async ({}, use, info) => {
    const [child, there] = await start("store", info.outputPath());
    await use(there);
    await end(child);
  },
  settings: async ({ database }, use, info) => {
    const path = info.outputPath("connections.toml");
    await writeFile(path, `[sales]\ndatabase_url = "${database.url}"\n`, { mode: 0o600 });
    await use({ NARRATIVE_EGRESS_ALLOW: "127.0.0.1", NARRATIVE_CONNECTIONS: path });
  },
});

storeTest(
  "rows of a database known by name, and an object whose key is typed, become tables",
  async ({ signedIn: page, store, watch }) => {
    watch.allow(/Failed to load resource.*sources\/object/);
    await storeTest.step("a query", async () => {
      await openNew(page);
      await page.getByRole("button", { name: "Query a database" }).click();
      await page.getByLabel("Which database").selectOption("sales");
      await expect(page.getByLabel("Address of the database")).toBeHidden();
      await page.getByLabel("Query that reads rows").fill("SELECT order_number, shop, amount FROM orders");
      await page.getByRole("button", { name: "Run the query" }).click();
      await expect(firstRows(page)).toContainText("of 40");
      await expect(source(page)).toContainText("From the database 'sales'");
      await expect(source(page).getByRole("form", { name: "Schedule" })).toBeVisible();
    });

    await storeTest.step("an object, first with a wrong key", async () => {
      await openNew(page);
      await page.getByRole("button", { name: "From an object store" }).click();
      const form = page.getByRole("form", { name: "From an object store" });
      await form.getByLabel("Address of the object").fill("s3://sales/2026/orders.csv");
      await form.getByLabel("Endpoint").fill(store.endpoint);
      await form.getByLabel("Key id").fill(store.key_id);
      await form.getByLabel("Secret of the key").fill("not-the-secret");
      await expectAccessible(page);
      await picture(page, "02-load-object");
      await form.getByRole("button", { name: "Fetch the object" }).click();
      await expect(page.getByRole("alert")).toContainText("does not let this key read");
      await expect(page.getByRole("alert")).not.toContainText("not-the-secret");
      await form.getByLabel("Secret of the key").fill(store.secret);
      await form.getByRole("button", { name: "Fetch the object" }).click();
      await expect(firstRows(page)).toContainText("of 40");
      await expect(source(page)).toContainText("s3://sales/2026/orders.csv");
      await expect(source(page)).toContainText("Not with a password, key or address that is not kept.");
      await source(page).getByLabel("Key id").fill(store.key_id);
      await source(page).getByLabel("Secret of the key").fill(store.secret);
      await source(page).getByRole("button", { name: "Refresh now" }).click();
      await expect(source(page).getByRole("status")).toContainText("Nothing had changed");
    });
  },
);
