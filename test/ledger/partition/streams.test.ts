// Events that are delivered one by one, where the rules meet the store: too many, too old, not readable,
// not wanted any more, and tried again.
import { expect, it } from "vitest";
import type { AppliedPolicy } from "../../../src/ledger/policy.ts";
import type { Sql } from "../../../src/ledger/store/sql.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import type { Content } from "../../../src/ledger/streams/event.ts";
import { MAX_WAITING } from "../../../src/ledger/streams/stream.ts";
import { Streams } from "../../../src/ledger/streams/streams.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../../src/topics.ts";
import { customerIdOf, sampleNotification } from "../../support/samples.ts";
import { profileOf } from "../events.ts";
import { openSql } from "../../support/sqlite.ts";

const HOUR_MS = 60 * 60 * 1000;
const ANN = customerIdOf("ann");
const NAME = { customerId: ANN, key: "acme" };

const POLICY: AppliedPolicy = {
  id: "acme",
  key: "acme",
  closed: null,
  opensAt: null,
  minIntervalMs: 1_000,
  onlyOn: [],
  giveUpAfterMs: HOUR_MS,
  profiles: "every",
  notifications: true,
};

/** A stream of one customer in a store of its own, and what was given up on. */
class Scene {
  readonly store: PartitionStore;
  readonly streams: Streams;
  readonly buried: string[] = [];

  constructor(sql: Sql) {
    this.store = new PartitionStore(sql);
    this.streams = new Streams(this.store.events, (_, __, reason) => this.buried.push(reason));
  }

  append(count: number, now = 0, policy = POLICY): void {
    for (let index = 0; index < count; index += 1) {
      this.streams.append(ANN, policy, notification(index + 1), now);
    }
  }

  /** Claims the next event; its sequence, or `null` where there is none to claim. */
  claim(now: number, policy = POLICY): number | null {
    const claimed = this.streams.claim(NAME, policy, { now, leaseId: `lease at ${now}` });
    return claimed?.content.topic === NOTIFICATION_TOPIC
      ? claimed.content.notification.sequence
      : null;
  }

  settle(now: number, kind: "delivered" | "rejected" | "held"): void {
    const settlement =
      kind === "delivered"
        ? { kind, status: 200 }
        : kind === "rejected"
          ? { kind, status: 422, error: "HTTP 422: no" }
          : { kind, status: 401, reason: "HTTP 401", forMs: 30_000 };
    const result = { customerId: ANN, policy: POLICY, leaseId: `lease at ${now}`, settlement };
    this.streams.settle(result, { now, random: 0 });
  }

  /** The sequences that are delivered one after the other until nothing is left. */
  deliverAll(now: number): number[] {
    const delivered: number[] = [];
    for (let next = this.claim(now); next !== null; next = this.claim(now)) {
      delivered.push(next);
      this.settle(now, "delivered");
    }
    return delivered;
  }

  get waiting(): number {
    return this.store.events.readStream(NAME)?.waiting ?? 0;
  }

  get dead(): number[] {
    return this.store.events.dead(NAME, 0, 10_000).map(({ number }) => number);
  }
}

function notification(sequence: number): Content {
  return { topic: NOTIFICATION_TOPIC, notification: sampleNotification({ sequence }) };
}

/** A profile whose tier is gold at odd points, silver at even ones. */
function profile(sequence: number, points: number): Content {
  const event = profileOf("ann", new Date(sequence).toISOString(), points);
  return { topic: PROFILE_TOPIC, profile: { ...event, sequence } };
}

function play(act: (scene: Scene, sql: Sql) => void): void {
  const sql = openSql();
  act(new Scene(sql), sql);
}

it("are delivered in their order, each once", () => {
  play((scene) => {
    scene.append(5);
    expect(scene.claim(0)).toBe(1);
    expect(scene.claim(1)).toBeNull();
    scene.settle(0, "delivered");
    expect(scene.deliverAll(2)).toEqual([2, 3, 4, 5]);
    expect([scene.waiting, scene.dead]).toEqual([0, []]);
  });
});

it("wait up to a thousand; the oldest beyond that are dead letters, but none that is under way", () => {
  play((scene) => {
    scene.append(MAX_WAITING);
    expect(scene.claim(0)).toBe(1);
    scene.append(2);
    expect(scene.dead).toEqual([2, 3]);
    expect(scene.waiting).toBe(MAX_WAITING);
    expect(scene.buried).toEqual(Array(2).fill("more than 1000 events waited"));
    scene.settle(0, "delivered");
    expect(scene.claim(1)).toBe(4);
  });
});

it("are given up on when they are too old, also while a gate holds them", () => {
  play((scene) => {
    scene.append(2, 0);
    scene.append(1, HOUR_MS / 2);
    expect(scene.claim(0)).toBe(1);
    scene.settle(0, "held");
    const closed = { ...POLICY, closed: "paused", opensAt: 2 * HOUR_MS };
    expect(scene.store.events.due(HOUR_MS - 1, 10)).toEqual([]);
    expect(scene.store.events.due(HOUR_MS, 10)).toEqual([NAME]);
    expect(scene.claim(HOUR_MS, closed)).toBeNull();
    expect([scene.dead, scene.waiting]).toEqual([[1, 2], 1]);
    scene.streams.release(ANN, POLICY);
    expect(scene.deliverAll(HOUR_MS + 1)).toEqual([1]);
  });
});

it("that were refused stop nobody behind them, and are delivered when they are replayed", () => {
  play((scene) => {
    scene.append(3);
    scene.claim(0);
    scene.settle(0, "rejected");
    expect(scene.dead).toEqual([1]);
    expect(scene.deliverAll(1)).toEqual([2, 3]);
    scene.streams.replay(ANN, POLICY, 2 * HOUR_MS);
    expect([scene.dead, scene.waiting]).toEqual([[], 1]);
    expect(scene.deliverAll(2 * HOUR_MS)).toEqual([1]);
  });
});

it("that are replayed while a gate holds younger ones are due when they are too old, not before", () => {
  play((scene) => {
    scene.append(2);
    scene.claim(0);
    scene.settle(0, "rejected");
    expect(scene.claim(1)).toBe(2);
    scene.settle(1, "held");
    scene.streams.replay(ANN, POLICY, HOUR_MS / 2);
    expect(scene.store.events.earliestDue()).toBe(HOUR_MS / 2 + HOUR_MS);
  });
});

it("are dropped when their destination does not ask for them any more", () => {
  play((scene) => {
    scene.append(3);
    expect(scene.claim(0, { ...POLICY, notifications: false })).toBeNull();
    expect([scene.waiting, scene.dead]).toEqual([0, []]);
  });
});

it("that cannot be read are passed over, and so is a stream that cannot", () => {
  play((scene, sql) => {
    scene.append(3);
    sql.exec("UPDATE events SET content = '{' WHERE number IN (1, 3)");
    expect(scene.deliverAll(0)).toEqual([2]);
    expect(scene.store.events.earliestDue()).toBeNull();
    sql.exec("UPDATE streams SET state = '{', due_at = 1");
    expect(scene.claim(1)).toBeNull();
    expect(scene.store.events.due(1, 10)).toEqual([]);
    scene.append(1, 2);
    expect(scene.deliverAll(2)).toEqual([1]);
  });
});

it("leave their destination's own words where it refused one", () => {
  play((scene) => {
    scene.append(2);
    scene.claim(0);
    scene.settle(0, "rejected");
    const [letter] = scene.store.events.dead(NAME, 0, 10);
    const said = { status: 422, error: "HTTP 422: no", reason: "the destination refused it" };
    expect(letter?.death).toEqual({ at: 0, ...said });
    expect([scene.waiting, scene.buried]).toEqual([1, [said.reason]]);
  });
});

it("are left as they are by a replay that finds none dead", () => {
  play((scene) => {
    scene.append(1);
    scene.deliverAll(0);
    const before = scene.store.events.readStream(NAME);
    const closed = { ...POLICY, closed: "paused", opensAt: 2 * HOUR_MS };
    scene.streams.replay(ANN, closed, HOUR_MS);
    expect(scene.store.events.readStream(NAME)).toEqual(before);
  });
});

it("are settled with word of when they were claimed, unless the lease or the event is gone", () => {
  play((scene, sql) => {
    const settlement = { kind: "delivered", status: 200 } as const;
    const settle = (leaseId: string) =>
      scene.streams.settle(
        { customerId: ANN, policy: POLICY, leaseId, settlement },
        { now: 9, random: 0 },
      );
    scene.append(2);
    expect(scene.claim(7)).toBe(1);
    expect(settle("another")).toBeNull();
    expect(settle("lease at 7")).toBe(7);
    expect(scene.claim(8)).toBe(2);
    sql.exec("DELETE FROM events");
    expect(settle("lease at 8")).toBeNull();
  });
});

it("that only_on spares are gone without a call, and the next has its turn", () => {
  play((scene) => {
    const choosy = { ...POLICY, onlyOn: ["tier"] };
    const context = { now: 0, leaseId: "lease" };
    const said = [1, 3, 2].map((points, index) => profile(index + 1, points));
    for (const content of said) scene.streams.append(ANN, choosy, content, 0);
    expect(scene.streams.claim(NAME, choosy, context)?.content).toEqual(said[0]);
    const settlement = { kind: "delivered", status: 200 } as const;
    const result = { customerId: ANN, policy: choosy, leaseId: "lease", settlement };
    scene.streams.settle(result, { now: 0, random: 0 });
    expect(scene.streams.claim(NAME, choosy, context)?.content).toEqual(said[2]);
    expect(scene.waiting).toBe(1);
    expect(scene.store.events.read(NAME, 2)).toBeNull();
  });
});
