// The dashboard while a gate or the ledger does not answer: it says so, in its own words, and hides nothing else.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { Guest, wordsOf } from "../support/dashboard.ts";
import { connectionLost, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

/** Durable Objects of which those with a name do not answer. */
function without(namespace: DurableObjectNamespace, names: readonly string[]) {
  const silent = new Proxy({}, { get: () => connectionLost });
  return {
    getByName: (name: string) => (names.includes(name) ? silent : namespace.getByName(name)),
  };
}

/** Somebody who signed in while everything was well. */
async function guestOf(changes: Readonly<Record<string, unknown>>): Promise<Guest> {
  const before = new Guest(relay);
  await before.signIn();
  const guest = new Guest(relayWith(changes));
  guest.cookie = before.cookie;
  return guest;
}

describe("a gate that does not answer", () => {
  it("is told of, and the other destinations are shown", async () => {
    const guest = await guestOf({ GATES: without(env.GATES, ["many"]) });
    const answer = await guest.get("/");
    const words = wordsOf(answer);
    expect(answer.status).toBe(200);
    expect(words).toContain("1 of 3 destinations is out of reach.");
    expect(words).toMatch(/many Out of reach webhook .* Nothing is lost\..*one In step/);
  });

  it("makes its own page say that it is tried again", async () => {
    const guest = await guestOf({ GATES: without(env.GATES, ["many"]) });
    const answer = await guest.get("/destinations/many");
    expect(answer.status).toBe(503);
    expect(wordsOf(answer)).toBe(
      "Out of reach for a moment Nothing is lost. This page looks again by itself. To the destinations",
    );
    expect(answer.text).toMatch(/<body data-refresh="\d+">/);
  });
});

describe("a partition that does not answer", () => {
  it("makes every page say that it is tried again", async () => {
    const partitions = Array.from({ length: 16 }, (_, n) => String(n));
    const guest = await guestOf({ LEDGER: without(env.LEDGER, partitions) });
    for (const path of ["/", "/destinations/one", "/customers?q=ann", "/customers/ann"]) {
      const answer = await guest.get(path);
      expect(answer.status).toBe(503);
      expect(wordsOf(answer)).toContain("Out of reach for a moment");
      expect(answer.text).not.toContain("Network connection lost");
    }
  });
});
