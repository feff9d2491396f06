// Which notifications of a customer are new, which are sent again, and which come too late.
import { describe, expect, it } from "vitest";
import { notice, type NotificationLog } from "../../src/ledger/streams/notification-log.ts";
import { toTime } from "../../src/time.ts";
import { NOW } from "./customer.ts";
import { notificationOf } from "./events.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const eventAt = (time: number) => notificationOf("ann", toTime(time));
const first = eventAt(NOW);

function noticed(known: NotificationLog | null, time: number, now = NOW): NotificationLog {
  const found = notice(known, eventAt(time), { now, tombstone: null });
  if (found.outcome !== "accepted") throw new Error(`the notification is ${found.outcome}`);
  return found.log;
}

describe("a notification", () => {
  it("is numbered, and known when it is sent again within a day", () => {
    const log = noticed(null, NOW);
    expect(log).toEqual({ sequence: 1, seen: [{ id: first.event_id, at: NOW }] });
    const again = (now: number) => notice(log, first, { now, tombstone: null }).outcome;
    expect([again(NOW), again(NOW + DAY_MS - 1)]).toEqual(["duplicate", "duplicate"]);
    expect(again(NOW + DAY_MS)).toBe("accepted");
    expect(noticed(log, NOW + 1)).toMatchObject({ sequence: 2, seen: [{}, { at: NOW }] });
  });

  it("is forgotten after a day, or after a thousand others", () => {
    expect(noticed(noticed(null, NOW), NOW + 1, NOW + DAY_MS).seen).toHaveLength(1);
    let log = noticed(null, NOW);
    for (let index = 1; index < 1_000; index += 1) log = noticed(log, NOW + index);
    expect(notice(log, first, { now: NOW, tombstone: null }).outcome).toBe("duplicate");
    log = noticed(log, NOW + 1_000);
    expect([log.sequence, log.seen.length]).toEqual([1_001, 1_000]);
    expect(notice(log, first, { now: NOW, tombstone: null }).outcome).toBe("accepted");
  });

  it("from before an erasure, or of its instant, is stale", () => {
    const tombstone = { occurredUntil: toTime(NOW), sequence: 1 };
    const found = (time: number) => notice(null, eventAt(time), { now: NOW, tombstone }).outcome;
    expect([found(NOW - 1), found(NOW), found(NOW + 1)]).toEqual(["stale", "stale", "accepted"]);
  });
});
