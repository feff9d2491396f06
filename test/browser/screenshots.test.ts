// Every page at the widths of a telephone and of a desk, by day and by night, in every state that it has: it
// fits, axe finds nothing, and nobody's console complains. The pictures are kept in the folder `screenshots`.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { Relay } from "../support/relay.ts";
import { openBrowser, Visitor } from "./browser.ts";
import { Shop } from "./shop.ts";

const folder = join(dirname(dirname(import.meta.dirname)), "screenshots");

const SCREENS = [360, 1280].flatMap((width) =>
  (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme })),
);

const PAGES = {
  overview: "/",
  failing: "/destinations/erp",
  held: "/destinations/data-warehouse",
  "dead-letters": "/destinations/newsletter",
  backfill: "/destinations/iterable",
  "in-step": "/destinations/hubspot",
  customer: "/customers/customer-9",
  search: "/customers",
  "not-found": "/customers?q=nobody",
} as const;

let browser: Browser;
let shop: Shop;
let empty: Relay;
let broken: Relay;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  browser = await openBrowser();
  shop = await Shop.open();
  empty = await Relay.start({ DESTINATIONS: [] });
  broken = await Relay.start({ API_TOKEN: undefined, LEDGER_PARTITIONS: "none" });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await Promise.all([shop?.close(), empty?.stop(), broken?.stop()]);
});

describe.each(SCREENS)("at $width pixels, $colorScheme", ({ width, colorScheme }) => {
  const come = async (url: string) =>
    Visitor.come(browser, url, { viewport: { width, height: 800 }, colorScheme });

  /** The page as it stands is a picture, and usable. */
  async function expectUsable(visitor: Visitor, name: string): Promise<void> {
    const path = join(folder, `${name}-${width}-${colorScheme}.png`);
    await visitor.page.screenshot({ path, fullPage: true });
    const isTooWide = await visitor.isTooWide();
    const { complaints } = visitor;
    expect({ name, hindrances: await visitor.hindrances(), isTooWide, complaints }).toEqual({
      name,
      hindrances: [],
      isTooWide: false,
      complaints: [],
    });
  }

  it("signing in can be used by everybody", async () => {
    const visitor = await come(shop.relay.url);
    await visitor.go("/");
    await expectUsable(visitor, "sign-in");
    await visitor.leave();
  });

  it("every page can be used by everybody", async () => {
    const visitor = await come(shop.relay.url);
    await visitor.signIn(API_TOKEN);
    for (const [name, path] of Object.entries(PAGES)) {
      expect(await visitor.go(path)).toBe(200);
      await expectUsable(visitor, name);
    }
    await visitor.leave();
  });

  it("an operator's forms, opened and answered, can be used by everybody", async () => {
    const visitor = await come(shop.relay.url);
    await visitor.signIn(API_TOKEN, "/customers/customer-3");
    await visitor.page.getByText("Forget this customer …").click();
    await expectUsable(visitor, "forget");
    await visitor.go("/destinations/data-warehouse");
    await visitor.page.getByRole("button", { name: "Send a test" }).click();
    await visitor.page.locator("#notice").waitFor();
    await expectUsable(visitor, "test");
    await visitor.leave();
  });

  it("a reader's pages can be used by everybody", async () => {
    const visitor = await come(shop.relay.url);
    await visitor.signIn(API_READ_TOKEN, "/destinations/newsletter");
    await expectUsable(visitor, "reader");
    await visitor.leave();
  });

  it("a relay without destinations, or without configuration, can be used by everybody", async () => {
    const newcomer = await come(empty.url);
    await newcomer.signIn(API_TOKEN);
    await expectUsable(newcomer, "no-destination");
    await newcomer.leave();
    const mender = await come(broken.url);
    expect(await mender.go("/")).toBe(503);
    mender.complaints.length = 0; // the browser writes every 503 to its console
    await expectUsable(mender, "not-configured");
    await mender.leave();
  });
});
