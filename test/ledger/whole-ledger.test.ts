// The ledger as a whole: pages that go on from partition to partition, and partitions that are away.
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { DeadLetter, DeadLetterPlace } from "../../src/ledger/dead-letter.ts";
import type { DeadLetterPage } from "../../src/ledger/operator.ts";
import { FIRST_PLACE, type LedgerPlace, WholeLedger } from "../../src/ledger/whole-ledger.ts";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { expectProblem } from "../support/problems.ts";
import { update } from "../support/relay-client.ts";
import {
  bindings,
  connectionLost,
  moveClock,
  partitionNumber,
  relay,
  relayWith,
  withRelay,
} from "../support/relay-in-workerd.ts";
import { customerIdOf } from "../support/samples.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const PARTITIONS = 16;
const MINUTE_MS = 60_000;
/** Longer than a customer's minimum interval. */
const INTERVAL_MS = 2_000;
const CUSTOMERS = Array.from({ length: 40 }, (_, index) => `customer-${index}`);

/** Partitions that hold so many dead letters each, all of them one customer's events. */
function holding(counts: readonly number[]) {
  const asked = vi.fn<(partition: number, limit: number) => void>();
  const deadLetters = (partition: number) => {
    return async (_: string, after: DeadLetterPlace, limit: number): Promise<DeadLetterPage> => {
      asked(partition, limit);
      const customerId = `c${partition}`;
      const count = counts[partition] ?? 0;
      const first = after.customerId === customerId ? after.number + 1 : 0;
      const end = Math.min(count, first + limit);
      const letters = Array.from({ length: end - first }, (__, n) =>
        letterOf(customerId, first + n),
      );
      return { letters, next: end < count ? { customerId, number: end - 1 } : null };
    };
  };
  const getByName = (name: string) => ({ deadLetters: deadLetters(Number(name)) });
  const LEDGER = { getByName } as unknown as DurableObjectNamespace;
  return { ledger: new WholeLedger({ ...bindings, LEDGER }, PARTITIONS), asked };
}

function letterOf(customerId: string, sequence: number): DeadLetter {
  return {
    customer_id: customerIdOf(customerId),
    topic: "customer.profile.updated",
    event_id: null,
    sequence,
    reason: "the destination refused it",
    since: "2026-01-01T00:00:00.000Z",
    last_status: 422,
    last_error: "HTTP 422",
  };
}

/** A relay that reaches all partitions but one, of which it only knows how destinations stand there. */
async function relayWithout(customer: string) {
  const away = await partitionNumber(customer);
  const getByName = (name: string) => {
    const partition = env.LEDGER.getByName(name);
    if (name !== String(away)) return partition;
    const survey = async () => partition.survey();
    return { survey, open: connectionLost, sweep: connectionLost };
  };
  return new OperatorClient(relayWith({ LEDGER: { getByName } }));
}

describe("dead letters of all partitions", () => {
  it.each([
    ["one customer", [0, 0, 5]],
    ["the last partition", [...Array.from({ length: PARTITIONS - 1 }, () => 0), 7]],
    ["everybody", Array.from({ length: PARTITIONS }, (_, partition) => partition % 4)],
    ["nobody", []],
  ])("are paged through, each once and in order, with events of %s", async (_, counts) => {
    const { ledger } = holding(counts);
    const all = counts.flatMap((count, partition) =>
      Array.from({ length: count }, (__, number) => `c${partition} ${number}`),
    );
    for (const limit of [1, 2, 3, 100]) {
      const found: string[] = [];
      for (let place: LedgerPlace | null = FIRST_PLACE; place !== null;) {
        const { letters, next }: Awaited<ReturnType<WholeLedger["deadLetters"]>> =
          await ledger.deadLetters("one", place, limit);
        expect(next === null || letters.length === limit).toBe(true);
        found.push(...letters.map((letter) => `${letter.customer_id} ${letter.sequence}`));
        place = next;
      }
      expect(found).toEqual(all);
    }
  });

  it("are asked for in as many partitions as a page needs, and no more of them", async () => {
    const { ledger, asked } = holding([30, 50, 20, 99]);
    const { next } = await ledger.deadLetters("one", FIRST_PLACE, 60);
    expect(next).toEqual({ partition: 1, customerId: "c1", number: 29 });
    expect(asked.mock.calls).toEqual([
      [0, 60],
      [1, 30],
    ]);
  });
});

describe("all destinations together", () => {
  it("cost one question to each partition, and one to each gate", async () => {
    const getPartition = vi.fn((name: string) => env.LEDGER.getByName(name));
    const getGate = vi.fn((name: string) => env.GATES.getByName(name));
    const watched = relayWith({
      LEDGER: { getByName: getPartition },
      GATES: { getByName: getGate },
    });
    expect(await new OperatorClient(watched).lookAtAll()).toHaveLength(3);
    expect(getPartition).toHaveBeenCalledTimes(PARTITIONS);
    expect(getGate.mock.calls).toEqual([["one"], ["many"], ["tiers"]]);
  });
});

describe("a resume", () => {
  it("is not stopped by a partition that is away, whose customers follow by themselves", async () => {
    await operator.pause("many");
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    for (const customer of CUSTOMERS) await relay.stands(customer, "held", ["many"]);
    moveClock(INTERVAL_MS);
    const lossy = await relayWithout("customer-0");
    expect(await lossy.resume("many")).toMatchObject({ state: "open" });
    const away = await partitionNumber("customer-0");
    for (const customer of CUSTOMERS) {
      if ((await partitionNumber(customer)) === away) continue;
      await relay.stands(customer, "synced", ["many"]);
    }
    await relay.stand("customer-0", "held", ["many"]);

    moveClock(15 * MINUTE_MS);
    await relay.catchUp(CUSTOMERS);
    expect(crms.events("many")).toHaveLength(CUSTOMERS.length);
  });

  it("is not stopped by a queue that is down", async () => {
    await operator.pause("one");
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    const queue = Object.getPrototypeOf(env.DELIVERIES) as Queue;
    vi.spyOn(queue, "sendBatch").mockRejectedValueOnce(new Error("queue is down"));
    expect(await operator.resume("one")).toMatchObject({ state: "open" });
    await eventually(async () => {
      await relay.ring("ann");
      await relay.stand("ann", "synced");
    });
  });
});

describe("a backfill that did not reach a partition", () => {
  it("does so when it is asked for again, and is still the same", async () => {
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    for (const customer of CUSTOMERS) await relay.stands(customer, "synced");
    moveClock(INTERVAL_MS);
    await operator.pause("many");
    const lossy = await relayWithout("customer-0");
    const answer = await lossy.post("/v1/destinations/many/backfill", { all: true });
    expectProblem(answer, 503, "ledger-unavailable");
    const { backfill } = await operator.look("many");
    expect(backfill?.total).toBeLessThan(CUSTOMERS.length);

    moveClock(INTERVAL_MS);
    const again = await operator.backfill("many", { all: true });
    expect(again).toMatchObject({ started_at: backfill?.started_at, total: CUSTOMERS.length });
    await operator.resume("many");
    await relay.catchUp(CUSTOMERS);
    expect(crms.events("many")).toHaveLength(2 * CUSTOMERS.length);
    expect((await operator.look("many")).backfill).toMatchObject({
      state: "finished",
      done: CUSTOMERS.length,
      total: CUSTOMERS.length,
    });
  });
});

describe("a ledger that is out of reach", () => {
  it("is told of by 503 wherever a customer is asked for", async () => {
    const partition = {
      profile: connectionLost,
      deliveries: connectionLost,
      erase: connectionLost,
    };
    const lost = relayWith({ LEDGER: { getByName: () => partition } });
    for (const rest of ["", "?consistency=strong", "/deliveries"]) {
      expectProblem(await lost.get(`/v1/profiles/ann${rest}`), 503, "ledger-unavailable");
    }
    expect(await lost.erase("ann")).toBe(503);
  });
});
