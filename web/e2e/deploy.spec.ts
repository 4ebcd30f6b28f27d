import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

const SHOTS = process.env["NARRATIVE_SHOTS"];

/** A picture to look at, when a folder for it is named. */
async function picture(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

async function train(page: Page): Promise<void> {
  await page.getByLabel("Budget in seconds").fill("8");
  await page.getByRole("button", { name: "Start training" }).click();
  await expect(page.getByRole("button", { name: "Stop, keep what is done" })).toBeVisible();
  await expect(page.getByRole("link", { name: "See how good it is" })).toBeVisible({ timeout: 120_000 });
}

test("a version is rejected and accepted, goes live after a rehearsal, is swapped and rolled back", async ({
  signedIn: page,
}) => {
  test.setTimeout(240_000);
  await page.getByRole("button", { name: /Which clients will accept/ }).click();
  await page.getByRole("link", { name: "Continue to Profile" }).click();
  await page.getByRole("button", { name: /^Predict / }).click();
  await page.getByRole("link", { name: "Continue to Train" }).click();
  await train(page);
  await page.getByRole("link", { name: "See how good it is" }).click();

  await test.step("rejected with a note, the stage opens again; taken back, it is accepted", async () => {
    await page.getByLabel("Why, for those who come later").fill("Too few positive rows.");
    await page.getByRole("button", { name: "Reject it" }).click();
    const decision = page.getByRole("region", { name: "Rejected" });
    await expect(decision).toContainText("Too few positive rows.");
    await expect(page.getByRole("link", { name: /Evaluate.*rejected/ })).toBeVisible();
    await page.reload();
    await expect(decision).toContainText("Too few positive rows.");
    await decision.getByRole("button", { name: "Take it back" }).press("Enter");
    await page.getByRole("button", { name: "Accept this version" }).press("Enter");
    await expect(page.getByRole("region", { name: "Accepted" })).toBeVisible();
    await expectAccessible(page);
    await picture(page, "evaluate-decision");
  });

  await test.step("it is rehearsed and live", async () => {
    await page.getByRole("link", { name: "Continue to Predict" }).click();
    await page.getByRole("link", { name: "Continue to Deploy" }).click();
    await page.getByRole("button", { name: "Put it live" }).click();
    await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 60_000 });
    await page.getByText(/^Rehearsed with \d+ kinds of requests/).press("Enter");
    await expect(page.getByText("Rows as expected")).toBeVisible();
    await expectAccessible(page);
    await picture(page, "deploy-rehearsed");
  });

  await test.step("a later version takes over and gives the address back", async () => {
    await page.getByRole("link", { name: /^5\. Train/ }).click();
    await page.getByRole("button", { name: "Train again" }).first().click();
    await train(page);
    await page.getByRole("link", { name: /^8\. Deploy/ }).click();
    await expect(page.getByRole("region", { name: "Version 1 answers" })).toBeVisible();
    await page.getByLabel("Let another version answer").selectOption({ index: 1 });
    await page.getByRole("button", { name: "Swap" }).click();
    const second = page.getByRole("region", { name: "Version 2 answers" });
    await expect(second).toBeVisible({ timeout: 60_000 });
    await expect(second).toContainText("swapped, version 2");
    await picture(page, "deploy-swapped");
    await page.getByRole("button", { name: "Roll back to version 1" }).press("Enter");
    await expect(page.getByRole("region", { name: "Version 1 answers" })).toContainText(
      "rolled back, version 1",
    );
    await expectAccessible(page);
  });
});
