// The dashboard as a person uses it, in a real browser, against a relay with CRMs that fail and recover.
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { after, answer } from "../support/replies.ts";
import { openBrowser, Visitor } from "./browser.ts";

const crm = await FakeCrm.open();
const other = await FakeCrm.open();
let relay: Relay;
let operator: OperatorClient;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  browser = await openBrowser();
  relay = await Relay.start({
    API_READ_TOKEN,
    DESTINATIONS: [
      { id: "acme-crm", url: crm.url },
      { id: "other-crm", url: other.url, batch: 10 },
    ],
  });
  operator = new OperatorClient(relay);
});

afterAll(async () => {
  await browser?.close();
  await relay?.stop();
  await Promise.all([crm.close(), other.close()]);
});

beforeEach(async () => {
  visitor = await Visitor.come(browser, relay.url);
});

afterEach(async () => {
  const { complaints } = visitor;
  await visitor.leave();
  if (complaints.length > 0) throw new Error(`somebody complained: ${complaints.join("; ")}`);
});

const card = (id: string): Locator => visitor.page.locator(`[data-destination="${id}"]`);
const notice = (): Locator => visitor.page.locator("#notice");
const button = (name: string): Locator => visitor.page.getByRole("button", { name, exact: true });

/** What a place on the page says becomes what is expected, without anybody loading the page again. */
async function expectText(place: Locator, text: string | RegExp): Promise<void> {
  await place.filter({ hasText: text }).first().waitFor({ timeout: 60_000 });
}

/** A mark in the page's window, which is gone when the page is loaded again. */
async function mark(): Promise<() => Promise<boolean>> {
  await visitor.page.evaluate("globalThis.isMarked = true");
  return async () => (await visitor.page.evaluate("globalThis.isMarked")) === true;
}

describe("whoever signs in", () => {
  it("gets to the page they wanted, by the keyboard alone, and out again", async () => {
    await relay.accept(update("sign-in", 1));
    await visitor.signIn(API_TOKEN, "/customers/sign-in");
    await expectText(visitor.page.locator("h1"), "sign-in");
    await button("Sign out").press("Enter");
    await expectText(visitor.page.locator("h1"), "Sign in");
    await visitor.go("/customers/sign-in");
    expect(new URL(visitor.page.url()).pathname).toBe("/sign-in");
  });

  it("is told when it is no token of the relay's", async () => {
    await visitor.go("/");
    await visitor.page.getByLabel("Token").fill("something else");
    await button("Sign in").click();
    await expectText(visitor.page.getByRole("alert"), "neither API_TOKEN nor API_READ_TOKEN");
    expect(await visitor.hindrances()).toEqual([]);
    visitor.complaints.length = 0; // the browser writes every 401 to its console
  });

  it("with the read token sees everything, and is offered nothing that changes anything", async () => {
    await visitor.signIn(API_READ_TOKEN);
    await expectText(card("acme-crm"), "acme-crm");
    await visitor.go("/destinations/acme-crm");
    await expectText(visitor.page.locator(".bar"), "Read only");
    const buttons = await visitor.page.getByRole("button").allTextContents();
    expect(buttons).toEqual(["Sign out"]);
  });
});

describe("a customer", () => {
  it("is found by e-mail, whatever its case, with what each CRM has", async () => {
    await relay.accept(update("found", 1, { email: "Found@Example.com" }));
    await visitor.signIn(API_TOKEN);
    await visitor.page.getByLabel("Customer’s id or e-mail").fill("found@example.COM");
    await visitor.page.keyboard.press("Enter");
    await expectText(visitor.page.locator("h1"), "found");
    await expectText(visitor.page.locator("#profile"), "Found@Example.com");
    await expectText(card("acme-crm"), "It has the newest update, number 1.");
  });

  it("of several who share an address is to be chosen", async () => {
    for (const id of ["twin-1", "twin-2"]) {
      await relay.accept(update(id, 1, { email: "twins@example.com" }));
    }
    await visitor.signIn(API_TOKEN, "/customers?q=twins%40example.com");
    await expectText(visitor.page.getByRole("status"), "2 customers found.");
    expect(await visitor.hindrances()).toEqual([]);
    await visitor.page.getByRole("link", { name: "twin-2" }).press("Enter");
    await expectText(visitor.page.locator("h1"), "twin-2");
  });

  it("whom nobody knows is said to be so", async () => {
    await visitor.signIn(API_TOKEN, "/customers?q=nobody%40example.com");
    await expectText(
      visitor.page.getByRole("status"),
      "Nobody has this id or e-mail address here.",
    );
    expect(await visitor.hindrances()).toEqual([]);
  });

  it("shows what is still to come, and that it came, without loading the page again", async () => {
    await relay.accept(update("pending", 1, { tier_name: "silver" }));
    await relay.isSynced("pending", "acme-crm");
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    crm.replyTo("pending", after(released, answer(200)));
    await relay.accept(update("pending", 2, { tier_name: "gold" }));
    await visitor.signIn(API_TOKEN, "/customers/pending");
    const isSamePage = await mark();
    await expectText(card("acme-crm"), "It has update number 1 of 2.");
    await expectText(card("acme-crm").locator("tr"), /Tier name\s*silver\s*gold/);
    expect(await visitor.hindrances()).toEqual([]);
    release();
    await expectText(card("acme-crm"), "It has the newest update, number 2.");
    await expectText(visitor.page.locator("#timeline"), "delivered · update 2");
    expect(await isSamePage()).toBe(true);
  });

  it("is sent again to one CRM", async () => {
    await relay.accept(update("again", 1));
    await relay.isSynced("again", "acme-crm");
    await visitor.signIn(API_TOKEN, "/customers/again");
    await button("Send again to acme-crm").press("Enter");
    await expectText(notice(), "The newest profile goes to acme-crm again.");
    await eventually(() => expect(crm.sequencesOf("again")).toEqual([1, 1]));
    expect(other.sequencesOf("again")).toEqual([1]);
  });

  it("is forgotten once that is confirmed", async () => {
    await relay.accept(update("erased", 1));
    await relay.isSynced("erased", "acme-crm");
    await visitor.signIn(API_TOKEN, "/customers/erased");
    await visitor.page.getByText("Forget this customer …").click();
    await button("Forget").click();
    await visitor.page.locator("#erasure [name=confirmed]:invalid").waitFor();
    expect(await relay.profile("erased", "strong")).not.toBeNull();
    await visitor.page.getByLabel("Forget this customer for good").check();
    await button("Forget").press("Enter");
    await expectText(notice(), "The customer is forgotten.");
    expect(await relay.profile("erased", "strong")).toBeNull();
    await eventually(async () => expect(await relay.profile("erased")).toBeNull());
    expect(await visitor.go("/customers/erased")).toBe(404);
    await expectText(visitor.page.locator("h1"), "Not found");
    expect(await visitor.hindrances()).toEqual([]);
    visitor.complaints.length = 0; // the browser writes every 404 to its console
  });
});

describe("a CRM", () => {
  it("that fails turns red and says why, and turns green again, without loading the page again", async () => {
    await visitor.signIn(API_TOKEN);
    const isSamePage = await mark();
    await expectText(card("acme-crm").locator(".badge"), "In step");
    crm.replyToAll(answer(500, "the database is away"));
    for (let customer = 0; customer < 5; customer += 1) {
      await relay.accept(update(`red-${customer}`, 1));
    }
    await expectText(card("acme-crm").locator(".badge.bad"), "Failing");
    await expectText(visitor.page.locator("h1.bad"), "1 of 2 destinations is failing.");
    await expectText(card("acme-crm"), "5 calls in a row failed: HTTP 500: the database is away");
    await expectText(card("acme-crm"), "5 customers are behind");
    await expectText(card("other-crm").locator(".badge.good"), "In step");
    expect(await visitor.hindrances()).toEqual([]);
    crm.replyToAll(answer(200));
    await operator.resume("acme-crm");
    await expectText(card("acme-crm").locator(".badge.good"), "In step");
    await expectText(visitor.page.locator("h1.good"), "Everything is in step.");
    expect(await isSamePage()).toBe(true);
  });

  it("is paused, tested and resumed by the keyboard, without leaving the page", async () => {
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    const isSamePage = await mark();
    await button("Pause").press("Enter");
    await expectText(notice(), "Paused.");
    expect(await operator.look("acme-crm")).toMatchObject({ state: "paused" });
    expect(await visitor.page.locator("#notice:focus").count()).toBe(1);
    await button("Send a test").press("Enter");
    await expectText(notice(), "The test was acknowledged: HTTP 200");
    crm.replyToAll(answer(503, "in maintenance"));
    await button("Send a test").press("Enter");
    await expectText(notice(), /The test was not acknowledged: HTTP 503 after .* in maintenance/);
    crm.replyToAll(answer(200));
    await button("Resume").press("Enter");
    await expectText(notice(), "Resumed.");
    await button("Pause").waitFor();
    expect(await operator.look("acme-crm")).toMatchObject({ state: "open" });
    expect(await isSamePage()).toBe(true);
  });

  it("is offered to be resumed when it was paused elsewhere", async () => {
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    await operator.pause("acme-crm");
    await visitor.comeBack();
    await button("Resume").waitFor();
    await expectText(visitor.page.locator("#why"), "Paused by an operator");
    await operator.resume("acme-crm");
    await visitor.comeBack();
    await button("Pause").waitFor();
  });

  it("gets a dead letter once more, by a click", async () => {
    crm.replyTo("refused", answer(422, '{"error":"the phone is no good"}'));
    await relay.accept(update("refused", 1));
    await relay.becomes("refused", "acme-crm", { state: "dead" });
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    await expectText(visitor.page.locator("#dead"), "the phone is no good");
    await expectText(visitor.page.locator("#errors"), "the phone is no good");
    expect(await visitor.hindrances()).toEqual([]);
    await button("Replay refused").click();
    await expectText(notice(), "What was given up on is tried again.");
    await expectText(visitor.page.locator("#dead"), "None: nothing was given up on.");
    await relay.isSynced("refused", "acme-crm");
  });

  it("is backfilled while a bar shows how far that is", async () => {
    const held: (() => void)[] = [];
    other.replyToAll(async (response) => {
      await new Promise<void>((resolve) => held.push(resolve));
      response.writeHead(200).end();
    });
    await visitor.signIn(API_TOKEN, "/destinations/other-crm");
    await visitor.page.getByLabel("also who is in step").check();
    await button("Backfill").press("Enter");
    await expectText(notice(), "The backfill has begun.");
    const bar = visitor.page.getByRole("progressbar", { name: /Backfill/ });
    await bar.waitFor();
    const total = Number(await bar.getAttribute("max"));
    expect(total).toBeGreaterThan(10);
    await eventually(() => expect(held.length).toBeGreaterThan(0));
    held.splice(0, 1).forEach((release) => release());
    await eventually(async () => {
      const done = Number(await bar.getAttribute("value"));
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThan(total);
    }, 60_000);
    expect(await visitor.hindrances()).toEqual([]);
    other.replyToAll(answer(200));
    held.splice(0).forEach((release) => release());
    await expectText(visitor.page.locator("#sweeps"), `Backfill of ${total} customers finished`);
  });
});

describe("the page", () => {
  it("says when the relay does not answer, and goes on when it does again", async () => {
    await visitor.signIn(API_TOKEN);
    const connection = visitor.page.locator("#connection");
    await visitor.page.context().setOffline(true);
    await visitor.comeBack();
    await expectText(connection, "The relay does not answer. This is how things stood at");
    expect(await visitor.hindrances()).toEqual([]);
    await visitor.page.context().setOffline(false);
    await connection.waitFor({ state: "hidden" });
    expect(visitor.complaints.every((words) => words.includes("ERR_INTERNET_DISCONNECTED"))).toBe(
      true,
    );
    visitor.complaints.length = 0;
  });

  it("sends whoever is signed out elsewhere to sign in, and back", async () => {
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    await visitor.page.context().clearCookies();
    await visitor.comeBack();
    await expectText(visitor.page.locator("h1"), "Sign in");
    await visitor.page.getByLabel("Token").fill(API_TOKEN);
    await button("Sign in").click();
    await expectText(visitor.page.locator("h1"), "acme-crm");
  });

  it("keeps what somebody types while it brings itself up to date", async () => {
    await visitor.signIn(API_TOKEN);
    const field = visitor.page.getByLabel("Customer’s id or e-mail");
    await field.fill("half an addr");
    await relay.accept(update("typing", 1));
    crm.replyToAll(answer(500));
    for (let customer = 0; customer < 5; customer += 1) {
      await relay.accept(update(`typing-${customer}`, 1));
    }
    await eventually(async () => {
      const { state } = await operator.look("acme-crm");
      expect(state).toBe("breaker_open");
    });
    await visitor.comeBack();
    await expectText(card("acme-crm").locator(".badge"), "Failing");
    expect(await field.inputValue()).toBe("half an addr");
    crm.replyToAll(answer(200));
    await operator.resume("acme-crm");
  });

  it("stays as it is when somebody else answers in the relay's place, and goes on afterwards", async () => {
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    const elsewhere = { status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" };
    await visitor.page.route("**/destinations/acme-crm", async (route) => route.fulfill(elsewhere));
    await button("Pause").click();
    await expectText(visitor.page.locator("#connection"), "The relay does not answer.");
    await expectText(visitor.page.locator("h1"), "acme-crm");
    await visitor.page.unroute("**/destinations/acme-crm");
    await visitor.page.locator("#connection").waitFor({ state: "hidden" });
    await button("Pause").click();
    await expectText(notice(), "Paused.");
    await operator.resume("acme-crm");
    visitor.complaints.length = 0; // the browser writes every 502 to its console
  });

  it("says of a customer who was forgotten elsewhere that nobody knows them", async () => {
    await relay.accept(update("forgotten", 1));
    await relay.isSynced("forgotten", "acme-crm");
    await visitor.signIn(API_TOKEN, "/customers/forgotten");
    await expectText(visitor.page.locator("#profile"), "customer@example.com");
    await relay.erase("forgotten");
    await visitor.comeBack();
    await expectText(visitor.page.locator("h1"), "Not found");
    expect(await visitor.page.locator("#profile").count()).toBe(0);
    visitor.complaints.length = 0; // the browser writes every 404 to its console
  });

  it("never moves a finger to another customer's button", async () => {
    const customers = ["finger-a", "finger-b", "finger-c"];
    for (const customer of customers) {
      crm.replyTo(customer, answer(422, "no"));
      await relay.accept(update(customer, 1));
      await relay.becomes(customer, "acme-crm", { state: "dead" });
    }
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    const rows = visitor.page.locator("#dead tbody tr");
    const [first = "", second = ""] = await rows.locator("th").allTextContents();
    await button(`Replay ${second}`).focus();
    await operator.replay("acme-crm", [first]);
    await relay.isSynced(first, "acme-crm");
    await visitor.comeBack();
    await visitor.page.locator("#dead tr", { hasText: first }).waitFor({ state: "detached" });
    const focused = visitor.page.locator("#dead tr:has(:focus)");
    await expectText(focused, second);
    await operator.replay("acme-crm", customers);
    await relay.isSynced(second, "acme-crm");
    await visitor.comeBack();
    await visitor.page.locator("#dead tr", { hasText: second }).waitFor({ state: "detached" });
    expect(await visitor.page.locator("#main:focus").count()).toBe(1);
  });

  it("works without its script", async () => {
    await visitor.leave();
    visitor = await Visitor.come(browser, relay.url, { javaScriptEnabled: false });
    await visitor.signIn(API_TOKEN, "/destinations/acme-crm");
    await button("Pause").click();
    await expectText(notice(), "Paused.");
    await button("Resume").click();
    await expectText(notice(), "Resumed.");
  });
});
