// What an operator sends: small JSON objects, and a few words in a query. Everything else is refused
// before anything happens.
import { describe, expect, it } from "vitest";
import { destinationPath, OperatorClient } from "../support/operator.ts";
import { expectProblem } from "../support/problems.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const BACKFILL = destinationPath("one", "backfill");
const REPLAY = destinationPath("one", "replay");

/** Nobody was called, and nothing was paused, swept or sent again. */
async function nothingHappened(): Promise<void> {
  await relay.ringAll();
  await scheduler.wait(50);
  expect(crms.calls("one").flatMap(({ events }) => events)).toHaveLength(1);
  const nothing = { state: "open", backfill: null, replay: null, customers_behind: 0 };
  expect(await operator.look("one")).toMatchObject(nothing);
}

async function knowAnn(): Promise<void> {
  await relay.accept(update("ann", 1));
  await relay.stands("ann", "synced");
}

describe("a body", () => {
  it.each([BACKFILL, REPLAY])("of %s that is no JSON is answered 400", async (path) => {
    await knowAnn();
    for (const body of ["{", "all", "\u0000", '{"all":true}x']) {
      expectProblem(await operator.post(path, body), 400, "not-json");
    }
    await nothingHappened();
  });

  it.each([
    [BACKFILL, { all: "yes" }, "/all"],
    [BACKFILL, { all: null }, "/all"],
    [BACKFILL, { customer_ids: ["ann"] }, "/customer_ids"],
    [REPLAY, { customer_ids: "ann" }, "/customer_ids"],
    [REPLAY, { customer_ids: null }, "/customer_ids"],
    [REPLAY, { customer_ids: [] }, "/customer_ids"],
    [REPLAY, { customer_ids: [""] }, "/customer_ids/0"],
    [REPLAY, { customer_ids: ["ann", 5] }, "/customer_ids/1"],
    [REPLAY, { customer_ids: manyIds(1_001) }, "/customer_ids"],
    [REPLAY, { customers: ["ann"] }, "/customers"],
    [BACKFILL, null, ""],
    [BACKFILL, [], ""],
    [REPLAY, [], ""],
    [REPLAY, ["ann"], ""],
    [REPLAY, "null", ""],
    [REPLAY, '"ann"', ""],
  ])("of %s that is %j is answered 400, at %j", async (path, body, pointer) => {
    await knowAnn();
    const answer = await operator.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      type: "urn:gameball-relay:problem:invalid-request",
      errors: [{ pointer, detail: expect.stringMatching(/.+/) }],
    });
    await nothingHappened();
  });

  it.each([BACKFILL, REPLAY])("of %s above 64 KiB is answered 413", async (path) => {
    await knowAnn();
    const body = JSON.stringify({ customer_ids: ["x".repeat(65 * 1024)] });
    expectProblem(await operator.post(path, body), 413, "too-large");
    await nothingHappened();
  });

  it.each([BACKFILL, REPLAY])("of %s may be missing, or an empty object", async (path) => {
    for (const body of [undefined, "", {}]) {
      expect((await operator.post(path, body)).status).toBe(202);
    }
  });
});

describe("a page of dead letters", () => {
  it.each([
    ["limit", "0"],
    ["limit", "1001"],
    ["limit", "-1"],
    ["limit", "1.5"],
    ["limit", "all"],
    ["limit", ""],
    ["limit", "99999"],
    ["cursor", ""],
    ["cursor", "!"],
    ["cursor", "bm9wZQ"],
    ["cursor", "WzFd"],
    ["cursor", btoa('[-1,"",0]')],
    ["cursor", btoa('[0.5,"",0]')],
    ["cursor", btoa("[0,1,0]")],
    ["cursor", btoa('{"partition":0}')],
  ])("asked for with %s=%s is answered 400", async (name, value) => {
    const query = new URLSearchParams({ [name]: value }).toString();
    const answer = await operator.get(`${destinationPath("one", "dead-letters")}?${query}`);
    expect(answer.status).toBe(400);
    const error = { pointer: `/${name}`, detail: expect.stringMatching(/^must be/) };
    expect(answer.body).toMatchObject({ title: "The request is invalid", errors: [error] });
  });
});

function manyIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `c${index}`);
}
