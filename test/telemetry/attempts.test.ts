// Every attempt is told once: a line and a data point, which name nobody, whatever the CRM says.
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { JANE, jane, withRecorder } from "../support/recorder.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const recorder = withRecorder();
const operator = new OperatorClient(relay);

/** What a CRM says that repeats all that it was told, headers included. */
const echo =
  (status: number) =>
  ({ body, headers }: { readonly body: string; readonly headers: Headers }): Response =>
    new Response(`${headers.get("authorization")} ${body}`, { status });

describe("an attempt", () => {
  it("is told once for each call, and the lookup store like a destination", async () => {
    const { event_id } = await relay.accept(jane(1));
    await relay.stands(JANE, "synced");
    const ids = ["many", "one", "tiers"];
    const told = recorder.lines("delivery.attempted");
    expect(new Set(told.map(({ destination }) => destination))).toEqual(new Set(ids));
    expect(told).toHaveLength(ids.length);
    for (const line of told) {
      expect(line).toMatchObject({ event_id, attempt: 1, deliveries: 1, outcome: "delivered" });
      expect(line).toMatchObject({ status: 200, duration_ms: expect.any(Number) });
    }
    expect(recorder.lines("profile.stored")).toMatchObject([{ profiles: 1, failed: 0, event_id }]);
    const attempts = recorder.points("attempt");
    const ms = expect.any(Number);
    expect(attempts).toEqual([
      {
        indexes: ["PROFILES"],
        blobs: ["attempt", "PROFILES", "delivered", "kv"],
        doubles: [ms, 0, 1, 1, 1, 0, 0],
      },
      ...ids.map((id) => ({
        indexes: [id],
        blobs: ["attempt", id, "delivered", "webhook"],
        doubles: [ms, 200, 1, 1, 1, 0, 0],
      })),
    ]);
  });

  it("is told of a CRM that fails, refuses or hangs up in the words of what it was sent", async () => {
    crms.answers("one", echo(500));
    crms.answers("many", echo(422));
    crms.answers("tiers", async ({ body }) => Promise.reject(new Error(`no host for ${body}`)));
    await relay.accept(jane(1));
    await relay.stands(JANE, "dead", ["many"]);
    await eventually(() => {
      const told = recorder
        .lines("delivery.attempted")
        .map(({ destination, outcome, status }) => [destination, [outcome, status]] as const);
      const expected = { one: ["retry", 500], many: ["rejected", 422], tiers: ["retry", null] };
      expect(Object.fromEntries(told)).toEqual(expected);
    });
    await eventually(() => expect(recorder.lines("delivery.dead_lettered")).toHaveLength(1));
    const counts = new Map(
      recorder.points("attempt").map(({ indexes, doubles }) => [indexes[0], doubles.slice(4)]),
    );
    expect([counts.get("one"), counts.get("many")]).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
    const customer = recorder.lines("webhook.received")[0]?.["customer"];
    const reason = "the destination refused it";
    expect(recorder.lines("delivery.dead_lettered")).toMatchObject([
      { destination: "many", customer, reason },
    ]);
    await eventually(() => expect(recorder.lines("alert.sent")).toHaveLength(1));
  });

  it("is told of a gate that closes and opens again, and of a trial", async () => {
    crms.answers("one", echo(401));
    await relay.accept(jane(1));
    await relay.stands(JANE, "held", ["one"]);
    await operator.test("one");
    await operator.resume("one");
    const states = recorder.lines("destination.state_changed").map(({ state }) => state);
    expect(states.slice(0, 2)).toEqual(["held", "open"]);
  });

  it("is told of a KV that refuses, and of an erasure", async () => {
    const error = new Error(`KV PUT failed: 429 Too Many Requests: ${JANE}`);
    const put = vi.spyOn(env.PROFILES, "put").mockRejectedValue(error);
    await relay.accept(jane(1));
    await eventually(() => {
      const [first] = recorder.lines("profile.stored");
      expect(first).toMatchObject({ profiles: 0, failed: 1, attempt: 1 });
    });
    put.mockRestore();
    vi.spyOn(env.PROFILES, "delete").mockRejectedValue(new Error(`429 for ${JANE}`));
    expect(await relay.erase(JANE)).toBe(204);
    expect(recorder.lines("request.failed")).toHaveLength(1);
  });
});
