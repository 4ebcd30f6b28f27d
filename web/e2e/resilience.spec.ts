import { expect, test } from "./fixtures";

test("what must never happen is noticed", async ({ signedIn: page, watch }) => {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.evaluate(() => {
    const picture = document.createElement("img");
    picture.src = "http://example.invalid/x.png";
    document.body.append(picture);
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await expect.poll(() => watch.faults.join("\n")).toContain("uncaught: Error: planted");
  await expect.poll(() => watch.faults.join("\n")).toContain("Content Security Policy");
  watch.faults.length = 0;
});

test("a cut stream is said, work goes on, and the page follows by asking", async ({
  signedIn: page,
  watch,
  context,
}) => {
  watch.allow(/net::ERR_FAILED.*\/events/);
  await page.getByRole("button", { name: /Which clients will accept/ }).click();
  await page.getByRole("link", { name: "Continue to Profile" }).click();
  await page.getByRole("button", { name: /^Predict / }).click();
  await page.getByRole("link", { name: "Continue to Train" }).click();
  await page.getByRole("radio", { name: /Own/ }).check();
  await page.getByLabel("Budget in seconds").fill("8");
  await context.route("**/api/v1/events**", (route) => route.abort());
  await page.getByRole("button", { name: "Start training" }).click();
  await expect(page.getByText(/^Connection lost\./)).toBeVisible();
  await expect(page.getByRole("link", { name: "See how good it is" })).toBeVisible({ timeout: 90_000 });
  await context.unroute("**/api/v1/events**");
  await expect(page.getByText(/^Connection lost\./)).toBeHidden({ timeout: 60_000 });
});
