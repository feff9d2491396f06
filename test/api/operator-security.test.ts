// Who may steer the relay, what is answered where that cannot be done, and what no answer ever shows.
import { describe, expect, it } from "vitest";
import { API_READ_TOKEN, SIGNING_SECRET } from "../support/bindings.ts";
import type { CrmCall } from "../support/crms-in-workerd.ts";
import { eventually } from "../support/eventually.ts";
import { destinationPath, OperatorClient } from "../support/operator.ts";
import { expectProblem } from "../support/problems.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { moveClock, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const RESYNC = `${profilePath("ann")}/resync`;
const ORDERS = ["pause", "resume", "test", "backfill", "replay"].map((action) =>
  destinationPath("one", action),
);
const QUESTIONS = [
  "/v1/destinations",
  destinationPath("one"),
  destinationPath("one", "dead-letters"),
];
const ALL = [
  ...QUESTIONS.map((path) => ["GET", path] as const),
  ...[...ORDERS, RESYNC].map((path) => ["POST", path] as const),
];

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

describe("a token", () => {
  it.each(ALL)("is needed to %s %s", async (method, path) => {
    await knowAnn();
    expectProblem(await relay.ask(path, { method }), 401, "unauthorized");
    const wrong = { authorization: "Bearer wrong" };
    expectProblem(await relay.ask(path, { method, headers: wrong }), 401, "unauthorized");
    await nothingHappened();
  });

  it.each([...ORDERS, RESYNC])("that may only read may not POST %s", async (path) => {
    await knowAnn();
    const headers = { authorization: `Bearer ${API_READ_TOKEN}` };
    expectProblem(await relay.ask(path, { method: "POST", headers }), 403, "read-only");
    await nothingHappened();
  });

  it.each(QUESTIONS)("that may only read may GET %s", async (path) => {
    const headers = { authorization: `Bearer ${API_READ_TOKEN}` };
    const answer = await relay.ask(path, { headers });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  });
});

describe("an answer", () => {
  it.each(ALL)("to %s %s is kept by no cache", async (method, path) => {
    await knowAnn();
    const answer = method === "GET" ? await operator.get(path) : await operator.post(path);
    expect(answer.status).toBeLessThan(300);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it.each(["nobody", "PROFILES", "ONE", "one ", "..", "constructor"])(
    "is 404 where no destination is called %j",
    async (id) => {
      for (const path of ["", "dead-letters"].map((rest) => destinationPath(id, rest))) {
        if (id !== "..") expectProblem(await operator.get(path), 404, "not-found");
      }
      for (const action of ["pause", "resume", "test", "backfill", "replay"]) {
        const answer = await operator.post(destinationPath(id, action));
        expectProblem(answer, 404, "not-found");
      }
      expect(crms.calls("one")).toEqual([]);
    },
  );

  it("is 404 where there is no such action, and where a question is put as an order", async () => {
    for (const path of [destinationPath("one", "delete"), ...QUESTIONS]) {
      expectProblem(await operator.post(path), 404, "not-found");
    }
    for (const path of ORDERS) expectProblem(await operator.get(path), 404, "not-found");
  });

  it.each(ALL.filter(([, path]) => !path.endsWith("/test")))(
    "to %s %s is 503 while the ledger is out of reach",
    async (method, path) => {
      const methods = { survey: lost, sweep: lost, resync: lost, deadLetters: lost, open: lost };
      const unreachable = new OperatorClient(relayWith({ LEDGER: { getByName: () => methods } }));
      const answer = await (method === "GET" ? unreachable.get(path) : unreachable.post(path));
      expectProblem(answer, 503, "ledger-unavailable");
    },
  );

  it.each(ALL.slice(0, 2))("to %s %s is 503 while a gate is out of reach", async (_, path) => {
    const gate = { view: lost, pause: lost, resume: lost, report: lost };
    const unreachable = new OperatorClient(relayWith({ GATES: { getByName: () => gate } }));
    expectProblem(await unreachable.get(path), 503, "ledger-unavailable");
    for (const order of ["pause", "resume", "test"]) {
      const answer = await unreachable.post(destinationPath("one", order));
      expectProblem(answer, 503, "ledger-unavailable");
    }
  });
});

describe("what no answer shows", () => {
  it.each([
    [400, "dead"],
    [401, "held"],
    [500, "pending"],
  ])("is a secret, or the URL, that the CRM repeats with a %i", async (status, state) => {
    crms.answers("one", echo(status));
    await relay.accept(update("ann", 1));
    await eventually(async () => {
      expect((await operator.look("one")).last_errors).not.toEqual([]);
    });
    await relay.stands("ann", state, ["one"]);
    moveClock(2_000);
    const answers = [
      await operator.post(destinationPath("one", "test")),
      ...(await Promise.all(QUESTIONS.map(async (path) => operator.get(path)))),
      await operator.get(`${profilePath("ann")}/deliveries`),
    ];
    const texts = answers.map(({ text }) => text);
    expect(texts.join("\n")).toContain("***");
    for (const secret of ["one-token", SIGNING_SECRET, SIGNING_SECRET.slice(6), "one.example"]) {
      for (const text of texts) expect(text).not.toContain(secret);
    }
  });

  it("is what was sent, should it be wrong", async () => {
    const body = { customer_ids: [7], "ann@example.com": "one-token" };
    const answer = await operator.post(destinationPath("one", "replay"), body);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(/ann@example|one-token/);
    const page = `${destinationPath("one", "dead-letters")}?cursor=one-token`;
    expect((await operator.get(page)).text).not.toContain("one-token");
  });
});

/** A CRM that says with a status all that it was told, and more. */
function echo(status: number) {
  return ({ headers }: CrmCall): Response => {
    const told = JSON.stringify(Object.fromEntries(headers));
    const text = `POST https://one.example.com/hook ${told} ${SIGNING_SECRET} one-token`;
    return new Response(text, { status });
  };
}

/** A method of a Durable Object that is out of reach. */
async function lost(): Promise<never> {
  throw new Error("Network connection lost");
}
