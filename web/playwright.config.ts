import { defineConfig } from "@playwright/test";

/** Chromium of the system: nothing is downloaded. NARRATIVE_CHROMIUM names another one. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  timeout: 480_000,
  expect: { timeout: 20_000 },
  // Every test has a server and a data folder of its own, so two at once share nothing but the processors.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  reporter: process.env["CI"] ? [["line"]] : [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    reducedMotion: "reduce",
    acceptDownloads: true,
    // A wrong locator says so soon, not when the time of the whole test is up.
    actionTimeout: 180_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env["NARRATIVE_CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
