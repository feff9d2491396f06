// One destination's events of one customer: what is to be done with the first that waits.
import { describe, expect, it } from "vitest";
import type { AppliedPolicy } from "../../src/ledger/policy.ts";
import type { QueuedEvent } from "../../src/ledger/streams/event.ts";
import {
  append,
  leave,
  next,
  rejoin,
  settle,
  type Stream,
  streamDueAt,
} from "../../src/ledger/streams/stream.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../src/topics.ts";
import { CHOOSY, CLOSED, HOUR_MS, NOW, POLICY, RETRY, SECOND_MS, webhook } from "./customer.ts";
import { notificationOf } from "./events.ts";

const EACH: AppliedPolicy = { ...POLICY, profiles: "every", notifications: true };
const profileEvent = (number: number, points: number): QueuedEvent => ({
  number,
  waitingSince: NOW,
  content: { topic: PROFILE_TOPIC, profile: { ...webhook(number, points), sequence: number + 4 } },
});
const notice: QueuedEvent = {
  number: 1,
  waitingSince: NOW,
  content: {
    topic: NOTIFICATION_TOPIC,
    notification: { ...notificationOf("ann", new Date(NOW).toISOString()), sequence: 9 },
  },
};
const event = profileEvent(1, 1);
const appended = (known: Stream | null, { content }: QueuedEvent, now = NOW, policy = EACH) =>
  append(known, content, { policy, now });
const first = appended(null, event);
const at = (now: number, policy = EACH) => ({ policy, now, leaseId: "lease" });

function taken(stream: Stream, from: QueuedEvent): Stream {
  const step = next(stream, from, at(NOW));
  if (step.kind !== "deliver") throw new Error(`a stream is to ${step.kind}`);
  return step.stream;
}

describe("a stream", () => {
  it("begins with its first event", () => {
    expect(first).toMatchObject({
      newest: 1,
      waiting: 1,
      waitingSince: NOW,
      first: 1,
      appended: 5,
      acknowledged: 0,
      delivered: null,
      notBefore: NOW,
      held: null,
    });
    expect(appended(null, event, NOW, { ...CLOSED, ...EACH, closed: "HTTP 401" }).held).toBe(
      "HTTP 401",
    );
    expect(appended(null, notice).appended).toBe(0);
  });

  it("keeps its place when more comes, and is due anew when nothing waits", () => {
    const more = appended(first, profileEvent(2, 2), NOW + 1);
    expect(more).toMatchObject({ newest: 2, waiting: 2, waitingSince: NOW, notBefore: NOW });
    const idle = leave(first, null);
    expect(idle).toMatchObject({ waiting: 0, waitingSince: null, first: 2 });
    const again = appended(idle, profileEvent(2, 2), NOW + HOUR_MS);
    expect(again).toMatchObject({ notBefore: NOW + HOUR_MS, waitingSince: NOW + HOUR_MS });
    const underWay = { ...taken(first, event), waiting: 0 };
    expect(appended(underWay, event, NOW + 1).notBefore).toBe(NOW);
  });

  it("goes on with the first of those that still wait", () => {
    const second = { ...profileEvent(2, 2), waitingSince: NOW + 1 };
    const left = leave(appended(first, second), second);
    expect(left).toMatchObject({ waiting: 1, first: 2, waitingSince: NOW + 1 });
  });

  it("takes dead letters back: due at once when nothing else waits", () => {
    const idle = leave(first, null);
    const context = { policy: EACH, now: NOW + 7 };
    const woken = rejoin(idle, 1, event, context);
    expect(woken).toMatchObject({ waiting: 1, first: 1, waitingSince: NOW, notBefore: NOW + 7 });
    expect(rejoin(first, 2, event, context)).toMatchObject({ waiting: 3, notBefore: NOW });
  });

  it("is due when its first event is given up on, where its gate is closed", () => {
    const held = { ...first, held: "closed" };
    expect(streamDueAt(first, EACH)).toBe(NOW);
    expect(streamDueAt(held, EACH)).toBe(NOW + HOUR_MS);
    expect(streamDueAt({ ...held, waitingSince: null }, EACH)).toBeNull();
    expect(streamDueAt(leave(first, null), EACH)).toBeNull();
    expect(streamDueAt({ ...taken(first, event), held: "closed" }, EACH)).toBe(NOW + 60_000);
  });
});

describe("the first event", () => {
  it("is delivered under a lease, and nobody else gets it until that ends", () => {
    const step = next(first, event, at(NOW));
    const lease = { id: "lease", sequence: 1, until: NOW + 60_000 };
    expect(step).toMatchObject({ kind: "deliver", event, changes: null, stream: { lease } });
    const stream = taken(first, event);
    expect(next(stream, event, at(NOW + 59_999))).toEqual({ kind: "wait", stream });
    expect(next(stream, event, at(NOW + 60_000))).toMatchObject({
      kind: "deliver",
      stream: { failures: 1 },
    });
  });

  it("stays with whoever has it, although it is too old by now, or not asked for any more", () => {
    const stream = taken(first, event);
    const impatient = { ...EACH, giveUpAfterMs: 1 };
    expect(next(stream, event, at(NOW + 1, impatient))).toEqual({ kind: "wait", stream });
    expect(next(stream, event, at(NOW, POLICY))).toEqual({ kind: "wait", stream });
  });

  it("is skipped when its topic is not asked for any more", () => {
    expect(next(first, event, at(NOW, POLICY)).kind).toBe("skip");
    expect(next(first, notice, at(NOW, { ...EACH, notifications: false })).kind).toBe("skip");
    expect(next(first, notice, at(NOW)).kind).toBe("deliver");
    expect(next(first, event, at(NOW, { ...EACH, notifications: false })).kind).toBe("deliver");
  });

  it("is given up on once it waited too long", () => {
    expect(next(first, event, at(NOW + HOUR_MS - 1)).kind).toBe("deliver");
    expect(next(first, event, at(NOW + HOUR_MS))).toEqual({ kind: "bury", event });
  });

  it("waits its backoff and its gate", () => {
    const soon = { ...first, notBefore: NOW + 1 };
    expect(next(soon, event, at(NOW))).toEqual({ kind: "wait", stream: soon });
    const closed = next(first, event, at(NOW, { ...EACH, closed: "HTTP 401" }));
    expect(closed).toMatchObject({ kind: "wait", stream: { held: "HTTP 401", lease: null } });
  });

  it("may be none: then nothing waits", () => {
    const nothing = { waiting: 0, waitingSince: null };
    expect(next(first, null, at(NOW))).toMatchObject({ kind: "wait", stream: nothing });
  });

  it("is spared a call where nothing in only_on changed, and what is held is known", () => {
    const choosy = { ...EACH, onlyOn: CHOOSY.onlyOn };
    const settled = settle(taken(first, event), event, { kind: "delivered", status: 200 }, context);
    const known = appended(leave(settled.stream, null), profileEvent(2, 3));
    const same = profileEvent(2, 3);
    const spared = next(known, same, at(NOW, choosy));
    expect(spared).toMatchObject({ kind: "skip", stream: { acknowledged: 6 } });
    expect(next(known, profileEvent(2, 2), at(NOW, choosy)).kind).toBe("deliver");
    expect(next(known, same, at(NOW)).kind).toBe("deliver");
    expect(next({ ...known, failures: 1 }, same, at(NOW, choosy)).kind).toBe("deliver");
    expect(next(known, notice, at(NOW, choosy))).toMatchObject({ kind: "deliver", changes: null });
  });
});

const context = { now: NOW, random: 0.5 };

describe("an attempt", () => {
  const stream = taken(first, event);

  it("that went well leaves what the destination holds", () => {
    const delivered = settle(stream, event, { kind: "delivered", status: 200 }, context);
    expect(delivered.fate).toBe("acknowledged");
    expect(delivered.stream).toMatchObject({ acknowledged: 5, delivered: { sequence: 5 } });
    const later = { ...stream, acknowledged: 8 };
    expect(
      settle(later, event, { kind: "delivered", status: 200 }, context).stream.acknowledged,
    ).toBe(8);
    const noticed = settle(stream, notice, { kind: "delivered", status: 200 }, context);
    expect(noticed.stream).toMatchObject({ acknowledged: 0, delivered: null });
  });

  it("that was refused costs the next event nothing", () => {
    const failing = { ...stream, failures: 3, failingSince: NOW };
    const refused = settle(failing, event, { kind: "rejected", status: 422, error: "no" }, context);
    expect(refused).toMatchObject({ fate: "refused", stream: { failures: 0, failingSince: null } });
  });

  it("that failed waits its backoff", () => {
    const failed = settle(stream, event, RETRY, context);
    expect(failed.fate).toBe("waits");
    expect(failed.stream.notBefore).toBe(NOW + 2.5 * SECOND_MS);
  });
});
