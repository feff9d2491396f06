// What is written of that which happened: which lines, and the points beside them.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { sha256Hex } from "../../src/bytes.ts";
import { accountOfAttempt, accountOfStoring, type Attempt } from "../../src/telemetry/attempt.ts";
import { type Account, type DataPoint, isChosen, tell } from "../../src/telemetry/telemetry.ts";
import { accountOfWebhook, UNKNOWN, type WebhookFact } from "../../src/telemetry/webhook.ts";

/** In the first half of all ids, and in the second. */
const LOW = "evt_00000000000000000000000000000000";
const HIGH = "evt_ffffffffffffffffffffffffffffffff";

const accepted: WebhookFact = {
  requestId: "80000000-0000-4000-8000-000000000000",
  subject: {
    outcome: "accepted",
    topic: "customer.profile.updated",
    customer: "0123456789ab",
    eventId: LOW,
    sequence: 3,
  },
  problem: null,
  status: 202,
  durationMs: 12,
};
const refused: WebhookFact = {
  ...accepted,
  subject: UNKNOWN,
  problem: "invalid-webhook",
  status: 422,
};
/** Anybody can send these, as many as they like. */
const strange: WebhookFact = { ...refused, problem: "invalid-signature", status: 401 };
const ignored: WebhookFact = {
  ...accepted,
  subject: { ...UNKNOWN, outcome: "ignored" },
  status: 200,
};
const delivered: Attempt = {
  destination: "acme-crm",
  format: "webhook",
  outcomes: ["delivered"],
  status: 200,
  attempt: 1,
  deliveries: 2,
  succeeded: 2,
  rejected: 0,
  failed: 0,
  durationMs: 80,
  eventIds: [LOW, HIGH],
};
const stored = {
  profiles: 1,
  erased: 0,
  failed: 0,
  attempt: 1,
  durationMs: 20,
  eventIds: [HIGH],
};

let lines: unknown[] = [];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});

/** How many lines an account makes, for a share. */
function linesOf(account: Account, logShare: number): number {
  lines = [];
  tell(account, { logShare, metrics: null });
  return lines.length;
}

describe("a line about what went well", () => {
  it("is written for a share of the events, which their ids choose", async () => {
    const ids = await Promise.all(
      Array.from({ length: 2_000 }, async (_, index) => `evt_${await sha256Hex(String(index))}`),
    );
    for (const share of [0, 0.1, 0.5, 1]) {
      const chosen = ids.filter((id) => isChosen(id, share));
      expect(Math.abs(chosen.length / ids.length - share)).toBeLessThan(0.03);
      expect(chosen.every((id) => isChosen(id, Math.min(1, share + 0.1)))).toBe(true);
    }
  });

  it("is written or left out together with the others about that event", () => {
    for (const [eventId, expected] of [
      [LOW, 1],
      [HIGH, 0],
    ] as const) {
      const { subject } = accepted;
      const accounts = [
        accountOfWebhook({ ...accepted, subject: { ...subject, eventId } }),
        accountOfStoring({ ...stored, eventIds: [eventId] }),
        accountOfAttempt({ ...delivered, deliveries: 1, succeeded: 1, eventIds: [eventId] }),
      ];
      expect(accounts.map((account) => linesOf(account, 0.5))).toEqual(Array(3).fill(expected));
    }
  });

  it("is written for a batch when any of its events is chosen", () => {
    expect(linesOf(accountOfAttempt(delivered), 0.1)).toBe(1);
    expect(linesOf(accountOfAttempt({ ...delivered, eventIds: [HIGH, HIGH] }), 0.1)).toBe(0);
  });

  it.each([
    ["ignored", ignored],
    ["not signed", strange],
    ["sent by another method", { ...strange, problem: "method-not-allowed", status: 405 }],
  ])("is chosen by chance where there is no event: of a webhook that is %s", (_, fact) => {
    expect(linesOf(accountOfWebhook(fact), 0.49)).toBe(0);
    expect(linesOf(accountOfWebhook(fact), 0.51)).toBe(1);
  });

  it.each([
    ["a webhook", accountOfWebhook({ ...accepted, requestId: "theirs" })],
    ["a call", accountOfAttempt({ ...delivered, eventIds: [HIGH] })],
    ["a run of the lookup store", accountOfStoring(stored)],
  ])("is always written when all lines are wanted: %s", (_, account) => {
    expect(linesOf(account, 1)).toBe(1);
  });
});

describe("a line is always written", () => {
  it.each([
    ["of a webhook that was refused", accountOfWebhook(refused)],
    ["of a failure", accountOfAttempt({ ...delivered, succeeded: 0, failed: 2 })],
    ["of one delivery that was refused", accountOfAttempt({ ...delivered, succeeded: 1 })],
    ["of a batch that is to be split", accountOfAttempt({ ...delivered, succeeded: 0 })],
    ["of what went well in the end", accountOfAttempt({ ...delivered, attempt: 2 })],
    ["of what KV refused", accountOfStoring({ ...stored, profiles: 0, failed: 1 })],
    ["of an erasure", accountOfStoring({ ...stored, profiles: 0, erased: 1, eventIds: [] })],
  ])("%s", (_, account) => {
    expect(linesOf(account, 0)).toBe(1);
  });
});

describe("a data point", () => {
  it("is written whether its line is or not", () => {
    const metrics = { writeDataPoint: vi.fn() };
    tell(accountOfWebhook(accepted), { logShare: 0, metrics });
    expect(lines).toEqual([]);
    expect(metrics.writeDataPoint.mock.calls).toEqual([
      [
        {
          indexes: ["webhook"],
          blobs: ["webhook", "customer.profile.updated", "accepted"],
          doubles: [12, 202],
        },
      ],
    ]);
  });

  it("does no harm where it cannot be written", () => {
    const metrics = {
      writeDataPoint: () => {
        throw new Error("too many data points");
      },
    };
    tell(accountOfWebhook(refused), { logShare: 1, metrics });
    expect(lines).toMatchObject([{ event: "webhook.rejected" }, { event: "metrics.failed" }]);
  });

  it.each([
    [
      "of a webhook that was refused",
      accountOfWebhook(refused).point,
      { index: "webhook", blobs: ["webhook", "", "invalid-webhook"], doubles: [12, 422] },
    ],
    [
      "of a webhook that nobody wants",
      accountOfWebhook(ignored).point,
      { index: "webhook", blobs: ["webhook", "", "ignored"], doubles: [12, 200] },
    ],
    [
      "of a call",
      accountOfAttempt({ ...delivered, outcomes: ["delivered", "rejected"], succeeded: 1 }).point,
      {
        index: "acme-crm",
        blobs: ["attempt", "acme-crm", "delivered,rejected", "webhook"],
        doubles: [80, 200, 1, 2, 1, 0, 0],
      },
    ],
    [
      "of a call without an answer",
      accountOfAttempt({ ...delivered, outcomes: ["retry"], status: null, succeeded: 0, failed: 2 })
        .point,
      {
        index: "acme-crm",
        blobs: ["attempt", "acme-crm", "retry", "webhook"],
        doubles: [80, 0, 1, 2, 0, 0, 2],
      },
    ],
    [
      "of the lookup store",
      accountOfStoring({ ...stored, erased: 1, failed: 1 }).point,
      {
        index: "PROFILES",
        blobs: ["attempt", "PROFILES", "delivered,retry", "kv"],
        doubles: [20, 0, 1, 3, 2, 0, 1],
      },
    ],
  ] satisfies [string, DataPoint, DataPoint][])("%s", (_, point, expected) => {
    expect(point).toEqual(expected);
  });

  it("is sampled by the destination, whose id is short enough for an index", () => {
    const { point } = accountOfAttempt({ ...delivered, destination: "a".repeat(64) });
    expect(point.index.length).toBeLessThanOrEqual(96);
  });
});
