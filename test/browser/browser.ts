// Chromium as a person uses it, and what they would complain about: errors in its console, breaches of the
// content security policy, requests to elsewhere, and what keeps somebody from using a page.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where Debian, GitHub's runners and others put it. CHROMIUM names any other place. */
const PLACES = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium-browser",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** It asks nobody but the relay, so that a machine without internet does. */
const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

/** Starts the browser. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place !== "" && existsSync(place));
  if (executablePath === undefined) {
    throw new Error("Chromium is not installed: apt-get install chromium, or set CHROMIUM");
  }
  // Chromium's sandbox does not work for root, as whom containers run.
  const chromiumSandbox = process.getuid?.() !== 0;
  return chromium.launch({ executablePath, chromiumSandbox, args: FLAGS });
}

/** Somebody at the dashboard. */
export class Visitor {
  /** What they would complain about. */
  readonly complaints: string[] = [];
  readonly page: Page;
  readonly #url: string;
  #debugger: CDPSession | null = null;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  /** Somebody new at the relay with this address, with cookies of their own. */
  static async come(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    // Sign-ins are limited by address; here all would come from the same.
    const extraHTTPHeaders = { "cf-connecting-ip": crypto.randomUUID() };
    const context = await browser.newContext({ baseURL: url, extraHTTPHeaders, ...options });
    const visitor = new Visitor(await context.newPage(), url);
    visitor.#listen();
    return visitor;
  }

  /** Signs in by the keyboard alone, and is where they wanted to go. */
  async signIn(token: string, place: string = "/"): Promise<void> {
    const { page } = this;
    await page.goto(place);
    await page.locator("#token:focus").waitFor();
    await page.keyboard.type(token);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname + url.search === place);
  }

  /** Goes to a page; its status. */
  async go(place: string): Promise<number> {
    const response = await this.page.goto(place);
    return response?.status() ?? 0;
  }

  /** Comes back to the page, as from another tab: it brings itself up to date at once. */
  async comeBack(): Promise<void> {
    await this.page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
  }

  /** What keeps somebody from using the page as it stands, by the rules of axe. */
  async hindrances(): Promise<string[]> {
    // The page's own policy lets no script in but the relay's, so this one comes as a debugger's does.
    this.#debugger ??= await this.page.context().newCDPSession(this.page);
    const run = `(async () => { ${AXE}; return JSON.stringify(await axe.run()); })()`;
    const { result, exceptionDetails } = await this.#debugger.send("Runtime.evaluate", {
      expression: run,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    const { violations } = JSON.parse(String(result.value)) as AxeResults;
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html }) => `${id}: ${help}: ${html}`),
    );
  }

  /** Whether the page is wider than the screen. */
  async isTooWide(): Promise<boolean> {
    return this.page.evaluate<boolean>(
      "document.documentElement.scrollWidth > document.documentElement.clientWidth",
    );
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }

  #listen(): void {
    const { page } = this;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(this.#url)) this.complaints.push(`asked ${request.url()}`);
    });
  }
}
