// The queue's messages: each ends in exactly one ack or retry, and none can do harm.
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { consume } from "../../src/delivery/consumer.ts";
import type { Env } from "../../src/env.ts";
import { eventually } from "../support/eventually.ts";
import { update } from "../support/relay-client.ts";
import { bindings, partitionNumber, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

const MALFORMED: readonly unknown[] = [
  null,
  "text",
  0,
  [],
  {},
  { partition: null },
  { partition: "0" },
  { partition: -1 },
  { partition: 1.5 },
  { partition: Number.NaN },
];

/** Hands bodies to the consumer as one batch; ids of what it acknowledged and of what it wants again. */
async function hand(bodies: readonly unknown[], environment: Env = bindings) {
  const messages = bodies.map((body, index) => ({
    id: String(index),
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch("gameball-relay-deliveries", messages);
  const context = createExecutionContext();
  await consume(batch, environment, context);
  await waitOnExecutionContext(context);
  const { explicitAcks, retryMessages, ackAll, retryBatch } = await getQueueResult(batch, context);
  expect([ackAll, retryBatch.retry]).toEqual([false, false]);
  return { acknowledged: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) };
}

const connectionLost = async () => {
  throw new Error("Network connection lost");
};

/** The relay's environment with a ledger of which some partitions cannot be reached. */
function withoutPartitions(lost: readonly number[]): Env {
  const unreachable = { claim: connectionLost, settle: connectionLost };
  const getByName = (name: string) =>
    lost.includes(Number(name)) ? unreachable : env.LEDGER.getByName(name);
  return { ...bindings, LEDGER: { getByName } as unknown as Env["LEDGER"] };
}

describe("a message", () => {
  it.each(MALFORMED.map((body) => [body]))(
    "that is no doorbell is acknowledged: %j",
    async (body) => {
      expect(await hand([body])).toEqual({ acknowledged: ["0"], retried: [] });
    },
  );

  it("that is no doorbell does not keep its neighbours from being answered", async () => {
    expect(await hand([null, { partition: 3 }, "x", { partition: 3 }])).toEqual({
      acknowledged: ["0", "1", "2", "3"],
      retried: [],
    });
  });

  it("that reminds of jobs is acknowledged, whether there are any or nobody knows the destination", async () => {
    const reminders = [{ destination: "one" }, { destination: "gone" }, { destination: 7 }];
    expect(await hand(reminders)).toEqual({ acknowledged: ["0", "1", "2"], retried: [] });
    expect(crms.calls("one")).toEqual([]);
  });

  it("for a partition where nothing is due calls nobody", async () => {
    await hand([{ partition: 0 }, { partition: 15 }, { partition: 4_000 }]);
    expect(crms.calls("one")).toEqual([]);
  });

  it("rung many times at once still delivers once", async () => {
    await relay.accept(update("ann", 1));
    const partition = await partitionNumber("ann");
    const doorbells = Array.from({ length: 10 }, () => ({ partition }));
    await Promise.all([hand(doorbells), hand(doorbells), hand(doorbells)]);
    await relay.stands("ann", "synced");
    expect(crms.calls("one")).toHaveLength(1);
    expect(crms.calls("many")).toHaveLength(1);
  });

  it("is retried when its partition cannot be reached, and only then", async () => {
    const environment = withoutPartitions([1]);
    expect(await hand([{ partition: 0 }, { partition: 1 }, { partition: 2 }], environment)).toEqual(
      {
        acknowledged: ["0", "2"],
        retried: ["1"],
      },
    );
  });

  it("is acknowledged while the configuration is wrong: the ledger rings again", async () => {
    const wrong: Env = { ...bindings, API_TOKEN: "" };
    expect(await hand([{ partition: 0 }, null], wrong)).toEqual({
      acknowledged: ["0", "1"],
      retried: [],
    });
  });
});

describe("the queue", () => {
  it("goes on after messages that are no doorbells", async () => {
    await bindings.DELIVERIES.sendBatch(
      MALFORMED.filter((body) => body !== undefined).map((body) => ({
        body: body as { partition: number },
      })),
    );
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    await eventually(() => expect(crms.calls("one")).toHaveLength(1));
  });
});
