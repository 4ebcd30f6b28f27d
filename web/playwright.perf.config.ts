import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

/** Figures, not tests: what is printed depends on the machine, so nothing is asserted of a clock. */
export default defineConfig(base, {
  testDir: "perf",
  testMatch: "*.perf.ts",
  outputDir: "test-results/perf",
});
