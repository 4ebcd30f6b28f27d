import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Page, TestInfo } from "@playwright/test";
import { chooseTheme, expect, expectAccessible, test } from "./fixtures";

/** Pictures go to the guides when they are asked for (`npm run pictures`), so that a plain run changes no file. */
const FOR_GUIDES = process.env["NARRATIVE_PICTURES"] === "1";
const PICTURES = resolve(
  import.meta.dirname,
  FOR_GUIDES ? "../../docs/guides/images" : "../test-results/pictures",
);
/** A guide shows what a training with time finds; a test only needs one that ends. */
const BUDGET_SECONDS = FOR_GUIDES ? "40" : "15";
const run = promisify(execFile);

/** A picture for the guides: the window as a person sees it. */
async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

/** Shop visits with an outcome that two columns drive, gaps, a date and a column that only names rows. Always the same. */
function visits(rows: number): string[] {
  let state = 7;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const lines = ["visit_id;visited_on;channel;basket_eur;minutes;returning;bought"];
  for (let i = 0; i < rows; i += 1) {
    const channel = ["shop", "web", "phone"][Math.floor(random() * 3)] ?? "shop";
    const minutes = Math.round(1 + random() * 40);
    const returning = random() < 0.4;
    const basket = (5 + random() * 120).toFixed(2).replace(".", ",");
    const chance =
      1 / (1 + Math.exp(-(-2.2 + minutes * 0.09 + (returning ? 1.3 : 0) - (channel === "web" ? 0.8 : 0))));
    const day = new Date(Date.UTC(2025, 0, 1 + Math.floor(random() * 300))).toISOString().slice(0, 10);
    lines.push(
      [
        `V-${10_000 + i}`,
        day,
        channel,
        random() < 0.06 ? "" : basket,
        minutes,
        returning ? "yes" : "no",
        random() < chance ? "yes" : "no",
      ].join(";"),
    );
  }
  return lines;
}

async function writeTable(info: TestInfo, name: string, lines: readonly string[]): Promise<string> {
  const path = info.outputPath(name);
  await writeFile(path, `${lines.join("\n")}\n`, "utf8");
  return path;
}

const stageLink = (page: Page, title: string) =>
  page
    .getByRole("navigation", { name: "Stages" })
    .getByRole("link", { name: new RegExp(`^\\d\\. ${title}`) });
const heading = (page: Page) => page.getByRole("heading", { level: 1 });

test("from a file to a called deployment, and on in a second browser", async ({
  signedIn: page,
  server,
  browser,
  watch,
}, info) => {
  const table = visits(1500);
  const file = await writeTable(info, "visits.csv", table);
  const fresh = await writeTable(info, "new_visits.csv", [
    // Another order, a new category, a gap, a column less and a value that is no number.
    "minutes;channel;returning;basket_eur;visited_on",
    ...Array.from(
      { length: 60 },
      (_, i) =>
        `${1 + (i % 40)};${i === 3 ? "kiosk" : "web"};${i % 2 ? "yes" : "no"};${i === 5 ? "" : "20,5"};2025-11-02`,
    ),
    "many;web;yes;10;2025-11-03",
  ]);

  await test.step("the first page offers samples and a way to load a file", async () => {
    await expect(heading(page)).toHaveText("Start with a table and the one column you care about.");
    await expect(page.getByRole("button", { name: /Which customers will leave/ })).toBeVisible();
    await expectAccessible(page);
    await picture(page, "01-first-page");
    await page.getByRole("link", { name: "Load a file" }).click();
    await expect(heading(page)).toHaveText("Which table should be understood?");
    await expectAccessible(page);
  });

  await test.step("a file with semicolons and decimal commas is read and explained", async () => {
    await page.getByLabel("File to load").setInputFiles(file);
    await page.getByRole("link", { name: "Continue to Profile" }).waitFor();
    await expect(heading(page)).toContainText("1,500");
    await expect(page.getByRole("region", { name: "How the file was read" })).toContainText("semicolon");
    await expect(page.getByRole("region", { name: "First rows", exact: true })).toContainText("V-10000");
    await expectAccessible(page);
    await picture(page, "02-load");
  });

  const project = new URL(page.url()).pathname.split("/")[2] ?? "";

  await test.step("a number in a sentence opens where it comes from", async () => {
    const number = heading(page).getByRole("button", { name: /1,500/ });
    await number.focus();
    await page.keyboard.press("Enter");
    const card = page.getByRole("dialog", { name: /comes from/ });
    await expect(card).toContainText("Formula");
    await expect(card).toContainText("Source");
    await picture(page, "02-load-fact");
    await page.keyboard.press("Escape");
    await expect(card).toBeHidden();
    await expect(number).toBeFocused();
  });

  await test.step("the profile shows every row and suggests the target with a reason", async () => {
    await page.getByRole("link", { name: "Continue to Profile" }).click();
    const grid = page.getByRole("grid", { name: "Table with column profiles" });
    await expect(grid).toHaveAttribute("aria-rowcount", "1501");
    await expect(heading(page)).toContainText("1,500 rows");
    await expect(page.getByLabel("Target column")).toHaveValue("bought");
    await grid.focus();
    await page.keyboard.press("Control+End");
    await expect(grid.getByRole("gridcell", { name: "V-11499" })).toBeVisible();
    await page.keyboard.press("Control+Home");
    await expect(grid.getByRole("gridcell", { name: "V-10000" })).toBeVisible();
    expect(await grid.getByRole("row").count()).toBeLessThan(100);
    await expectAccessible(page);
    await picture(page, "03-profile");
  });

  await test.step("choosing the target profiles again for it", async () => {
    await page.getByRole("button", { name: "Predict bought" }).click();
    await page.getByRole("link", { name: "Continue to Train" }).waitFor();
    await expect(heading(page)).toContainText("bought");
    await expect(page.getByRole("region", { name: "Target" })).toContainText("one of two answers");
    await picture(page, "03-profile-target");
  });

  await test.step("prepare and features are open, and nothing has to be done there", async () => {
    await stageLink(page, "Prepare").click();
    await expect(page.getByRole("heading", { name: "The table is used as it was loaded." })).toBeVisible();
    await stageLink(page, "Features").click();
    await expect(page.getByText("Everything here is optional.")).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("training shows a live leaderboard and keeps its budget", async () => {
    await stageLink(page, "Train").click();
    await page.getByRole("radio", { name: /Own/ }).check();
    await page.getByLabel("Budget in seconds").fill(BUDGET_SECONDS);
    await expectAccessible(page);
    await picture(page, "04-train-budget");
    await page.getByRole("button", { name: "Start training" }).click();
    await expect(page.getByRole("button", { name: "Stop, keep what is done" })).toBeVisible();
    const board = page.getByRole("region", { name: "Leaderboard" });
    await expect(board.getByRole("row", { name: /Baseline/ })).toContainText("finished");
    await expect(board.getByRole("row", { name: /Logistic regression/ })).toContainText(/0\.\d{3}/);
    await picture(page, "05-train-live");
    await page.getByRole("link", { name: "See how good it is" }).waitFor({ timeout: 90_000 });
    await expect(heading(page)).toContainText(/0\.\d{3}/);
    await expectAccessible(page);
    await picture(page, "06-train-done");
  });

  await test.step("prepare and features say what was done", async () => {
    for (const stage of ["Prepare", "Features"]) {
      await page
        .getByRole("navigation", { name: "Stages" })
        .getByRole("link", { name: new RegExp(stage) })
        .click();
      await expect(page.getByRole("region", { name: "What was done" })).toBeVisible();
      await expectAccessible(page);
      await picture(page, `07-${stage.toLowerCase()}`);
    }
  });

  await test.step("the evaluation shows score, interval, baseline and what a threshold does", async () => {
    await page
      .getByRole("navigation", { name: "Stages" })
      .getByRole("link", { name: /Evaluate/ })
      .click();
    await expect(page.getByRole("region", { name: "Score", exact: true })).toContainText("95% interval");
    await expect(page.getByRole("region", { name: "What this means" })).toContainText(/0\.\d{3}/);
    await expectAccessible(page);
    await picture(page, "08-evaluate");
    const matrix = page.getByRole("region", { name: /Right and wrong answers/ });
    const before = await matrix.innerText();
    const slider = page.getByRole("slider", { name: "Threshold" });
    await slider.focus();
    for (let i = 0; i < 6; i += 1) await page.keyboard.press("ArrowLeft");
    await expect(matrix).not.toHaveText(before);
    await expect(page).toHaveURL(/threshold=/);
    await page.getByRole("tab", { name: "Curves" }).click();
    const roc = page.getByRole("region", { name: "ROC curve" });
    await expect(roc.getByRole("img")).toBeVisible();
    await expect(roc.getByRole("heading")).toContainText(/false alarms it finds [\d.]+%/);
    await page.getByRole("button", { name: "As table" }).first().click();
    await expect(page.getByRole("table", { name: "ROC curve" })).toBeVisible();
    await page.getByRole("button", { name: "As table" }).first().click();
    await expectAccessible(page);
    await picture(page, "09-evaluate-curves");
    await page.getByRole("tab", { name: "Drivers" }).click();
    await expectAccessible(page);
    await picture(page, "10-evaluate-drivers");
    const bundle = page.waitForEvent("download");
    await page.getByRole("link", { name: "Model file" }).click();
    expect((await bundle).suggestedFilename()).toMatch(/\.narrative$/);
  });

  await test.step("one case is answered with reasons, and a change shows what it does", async () => {
    await page.getByRole("link", { name: "Continue to Predict" }).click();
    const answer = page.getByRole("region", { name: "Answer" });
    await expect(answer).toContainText("bought");
    const reasons = page.getByRole("region", { name: "Reasons" });
    await expect(reasons.getByRole("listitem").first()).toContainText("points");
    const typical = await answer.innerText();
    await page.getByLabel("minutes", { exact: true }).fill("39");
    await expect(answer).toContainText("against the typical row");
    await expect(answer).not.toHaveText(typical);
    await page.getByLabel("minutes", { exact: true }).fill("900");
    await expect(page.getByText(/outside what the model has seen/)).toBeVisible();
    await page.getByLabel("minutes", { exact: true }).fill("39");
    await page.getByLabel("returning", { exact: true }).selectOption("yes");
    await expect(answer).not.toHaveAttribute("aria-busy", "true");
    await expectAccessible(page);
    await picture(page, "11-predict");
  });

  await test.step("a file is predicted, looked at and downloaded", async () => {
    await page.getByRole("tab", { name: "A file" }).click();
    await page.getByLabel("File to load").setInputFiles(fresh);
    const result = page.getByRole("region", { name: "Result" });
    await expect(result).toContainText("60 rows predicted, 1 could not be read", { timeout: 60_000 });
    await expectAccessible(page);
    await picture(page, "12-predict-file");
    const download = page.waitForEvent("download");
    await result.getByRole("link", { name: "Download CSV" }).click();
    const text = await readFile(await (await download).path(), "utf8");
    const lines = text.trim().split(/\r?\n/);
    expect(lines[0]).toContain("prediction");
    expect(lines[0]).toContain("probability_yes");
    expect(lines).toHaveLength(61);
    const left = page.waitForEvent("download");
    await result.getByRole("link", { name: "Rows left out" }).click();
    expect(await readFile(await (await left).path(), "utf8")).toContain("many");
  });

  let key = "";
  let address = "";
  await test.step("the model goes live, and a key is shown once", async () => {
    await page.getByRole("link", { name: "Continue to Deploy" }).click();
    await page.getByRole("button", { name: "Put it live" }).click();
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await page.getByLabel("Who will use it").fill("Nightly report");
    await page.getByRole("button", { name: "Create key" }).click();
    key = await page.getByRole("group", { name: "API key" }).innerText();
    expect(key).toMatch(/^sk_live_[A-Za-z0-9]{32}$/);
    address = await page.getByRole("group", { name: "address" }).innerText();
    await expectAccessible(page);
    await page.getByRole("button", { name: "I have copied it" }).click();
    await expect(page.getByText(key)).toBeHidden();
  });

  await test.step("a program calls it: by the sample that the page shows, and by fetch", async () => {
    const sample = await page.getByRole("group", { name: "curl sample" }).innerText();
    const { stdout } = await run("bash", ["-c", `${sample} --silent --show-error`], {
      env: { PATH: process.env["PATH"] ?? "", NARRATIVE_API_KEY: key },
    });
    const answer: { predictions: unknown[]; prediction_id: string } = JSON.parse(stdout);
    expect(answer.predictions).toHaveLength(1);
    expect(answer.prediction_id).toMatch(/^pred_/);
    const body = JSON.stringify({
      data: [
        { minutes: 39, returning: "yes" },
        { minutes: 1, returning: "no" },
      ],
    });
    const headers = { "Content-Type": "application/json", "X-API-Key": key };
    const called = await fetch(address, { method: "POST", headers, body });
    expect(called.status).toBe(200);
    const wrong = await fetch(address, {
      method: "POST",
      headers: { ...headers, "X-API-Key": `sk_live_${"0".repeat(32)}` },
      body,
    });
    expect(wrong.status).toBe(401);
    await expect(page.getByText("Calls answered").locator("..")).toContainText("2", { timeout: 20_000 });
    await expect(page.getByRole("region", { name: "What this means" })).toContainText("2 calls");
    await picture(page, "13-deploy");
  });

  await test.step("paused, it refuses; resumed, it answers", async () => {
    // By the next step of the story: its buttons do what they say.
    await page.getByRole("button", { name: "Pause it" }).click();
    await expect(page.getByText("Paused: calls are refused")).toBeVisible();
    const refused = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": key },
      body: JSON.stringify({ data: [{ minutes: 5 }] }),
    });
    expect(refused.ok).toBe(false);
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
  });

  await test.step("the other pages are true, accessible and worth showing", async () => {
    for (const [path, text] of [
      ["/", "Open Deploy & monitor"],
      ["/data", "visits"],
      ["/models", "ROC AUC"],
      ["/operations", "Training"],
    ] as const) {
      await page.goto(`${server.origin}${path}`);
      await expect(page.getByRole("main")).toContainText(text);
      await expectAccessible(page);
      await picture(page, `14-${path.slice(1) || "projects"}`);
    }
  });

  let link = "";
  await test.step("a second browser signs in by its own link and goes on at the same point", async () => {
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("button", { name: "Link for another browser" }).click();
    link = await page.getByRole("group", { name: "sign-in link" }).innerText();
    await page.getByRole("button", { name: "Close" }).click();
    const other = await browser.newContext({
      locale: "en-GB",
      timezoneId: "Europe/Paris",
      viewport: { width: 1440, height: 900 },
    });
    watch.follow(other);
    const second = await other.newPage();
    watch.allow(/401 \(Unauthorized\)/);
    await second.goto(`${server.origin}/p/${project}/train`);
    await expect(heading(second)).toHaveText("Open a sign-in link to continue.");
    await picture(second, "15-login");
    await second.goto(link);
    await expect(second.getByRole("link", { name: "Open Deploy & monitor" })).toBeVisible();
    await second.goto(`${server.origin}/model`);
    await expect(second).toHaveURL(new RegExp(`/p/${project}/train`));
    await expect(second.getByRole("region", { name: "Leaderboard" })).toContainText("Baseline");
    await chooseTheme(second, "Dark");
    await picture(second, "16-dark-train");
    await second.goto(`${server.origin}/p/${project}/profile`);
    await expect(second.getByRole("gridcell", { name: "V-10000" })).toBeVisible();
    await picture(second, "16-dark-profile");
    await second.goto(`${server.origin}/p/${project}/evaluate?tab=curves`);
    await expect(second.getByRole("img", { name: /ROC curve/ })).toBeVisible();
    await picture(second, "16-dark-curves");
    await other.close();
  });

  await test.step("a used link says how to get a new one", async () => {
    const stranger = await browser.newContext();
    const third = await stranger.newPage();
    await third.goto(link);
    await expect(third.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(third.getByRole("link", { name: "Load a file" })).toBeHidden();
    await stranger.close();
  });
});
