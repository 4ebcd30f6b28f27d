import AxeBuilder from "@axe-core/playwright";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { type Server, startServer } from "./server";

/** What must never happen while a page is used; collected over all pages of a test and checked at its end. */
export class Watch {
  readonly faults: string[] = [];
  private readonly allowed: RegExp[] = [];

  constructor(private readonly origin: string) {}

  /** An answer that the test provokes on purpose (a used link, a refused call). */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  follow(context: BrowserContext): void {
    context.on("page", (page) => this.followPage(page));
    for (const page of context.pages()) this.followPage(page);
  }

  private followPage(page: Page): void {
    page.on("console", (message) => {
      if (message.type() === "error") this.note(`console: ${message.text()} ${message.location().url}`);
    });
    page.on("pageerror", (error) => this.note(`uncaught: ${error.stack ?? error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 500)
        this.note(`${response.status()} ${response.request().method()} ${response.url()}`);
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${this.origin}/`) && !/^(data|blob|about):/.test(url))
        this.note(`other host: ${url}`);
    });
  }

  private note(fault: string): void {
    if (!this.allowed.some((pattern) => pattern.test(fault))) this.faults.push(fault);
  }
}

interface Fixtures {
  /** What the operator of the server sets (`test.use`); nothing unless a test says so. */
  readonly settings: Readonly<Record<string, string>>;
  /** A server of this test alone, on an empty data folder: what one test leaves behind cannot change the next. */
  readonly server: Server;
  readonly watch: Watch;
  readonly signedIn: Page;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],
  server: [
    async ({ settings }, use) => {
      const server = await startServer(settings);
      await use(server);
      await server.stop();
    },
    { timeout: 90_000 },
  ],
  watch: async ({ server }, use) => {
    const watch = new Watch(server.origin);
    await use(watch);
    expect(watch.faults, "console errors, blocked content, server faults or requests to other hosts").toEqual(
      [],
    );
  },
  signedIn: async ({ server, watch, context, page }, use) => {
    watch.follow(context);
    await page.goto(await server.link());
    await use(page);
  },
});

export { expect };

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** No violation in either theme; the theme is switched the way a person does it. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ["Dark", "Light"] as const) {
    await chooseTheme(page, theme);
    // From the top: what is scrolled halfway under the header would count as too small a target.
    await page.evaluate(() => window.scrollTo(0, 0));
    await expectNoViolation(page, theme);
  }
}

/** No violation in what is shown now; for what covers the switch of the theme. */
export async function expectNoViolation(page: Page, theme: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.map(
    (v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(" ")} ${n.failureSummary}`).join(" | ")}`,
  );
  expect(found, `${theme} theme of ${page.url()}`).toEqual([]);
}

export async function chooseTheme(page: Page, theme: "Light" | "Dark"): Promise<void> {
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("button", { name: theme, exact: true }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme.toLowerCase());
}
