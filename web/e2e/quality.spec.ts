import { expect, expectAccessible, test } from "./fixtures";

/** Half of the cells are empty, so that the quality is far from enough. */
const GAPS = `city,age,amount,bought\n${Array.from({ length: 120 }, (_, row) => (row % 2 ? `Oslo,,,${row % 3}` : `,${row},,${row % 3}`)).join("\n")}\n`;

test("a poor table counts as prepared with a note, which is there after a reload", async ({
  signedIn: page,
  server,
}) => {
  const sent = await page.request.post(`${server.origin}/api/v1/datasets/upload`, {
    params: { filename: "gaps.csv", project: "new" },
    data: Buffer.from(GAPS),
    headers: { "Content-Type": "application/octet-stream", "Idempotency-Key": "e2e-quality" },
  });
  const { project } = (await sent.json()) as { project: { id: string } };
  await expect(async () => {
    const now = await page.request.get(`${server.origin}/api/v1/projects/${project.id}/recipe`);
    expect(((await now.json()) as { quality: unknown }).quality).not.toBeNull();
  }).toPass({ timeout: 60_000 });
  await page.goto(`${server.origin}/p/${project.id}/prepare`);
  const quality = page.getByRole("region", { name: "Quality" });
  await expect(quality).toContainText("Above 80 the table counts as prepared", { timeout: 60_000 });
  await quality.getByRole("button", { name: "Go on with a note" }).click();
  await page.getByLabel("Why this quality is good enough").fill("The gaps are closed days.");
  await expectAccessible(page);
  await quality.getByRole("button", { name: "Keep the note" }).click();
  await expect(quality).toContainText("You go on with it: The gaps are closed days.");
  await page.reload();
  await expect(quality).toContainText("The gaps are closed days.");
  await page.screenshot({ path: test.info().outputPath("quality.png"), fullPage: true });
});
