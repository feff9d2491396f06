// The judge itself: a run without a fault passes, and each check fails on a run that breaks it, and that
// check alone.
import { describe, expect, it } from "vitest";
import { contentOfUpdate } from "./content.ts";
import type { Answered, CrmHistory, History, Known, Receipt } from "./history.ts";
import { CHECKS, judge, SETTLED_WITHIN_MS } from "./judge.ts";
import type { Update } from "./schedule.ts";

const oldest: Update = { customer: "ann", step: 0, tier: "basic", city: "Lyon" };
const middle: Update = { customer: "ann", step: 1, tier: "gold", city: null };
const newest: Update = { customer: "ann", step: 2, tier: "basic", city: "Lyon" };

const TIER_UP = {
  "tier.name": { from: "basic", to: "gold" },
  "tier.order": { from: 1, to: 3 },
  "points.total": { from: 0, to: 1 },
  "attributes.city": { from: "Lyon", to: null },
};
const TIER_DOWN = {
  "tier.name": { from: "gold", to: "basic" },
  "tier.order": { from: 3, to: 1 },
  "points.total": { from: 1, to: 2 },
  "attributes.city": { from: null, to: "Lyon" },
};
/** From the oldest to the newest: the tier went up and came back. */
const POINTS = { "points.total": { from: 0, to: 2 } };

/** The third is applied at 3 s. */
const received = [
  receipt(oldest, { changes: null }),
  receipt(middle, { changes: TIER_UP }),
  receipt(newest, { changes: TIER_DOWN }),
];
const healthy = historyOf(received);

function receipt(update: Update, changes: Partial<Receipt>): Receipt {
  const at = (update.step + 1) * 1_000;
  return {
    at,
    customer: update.customer,
    sequence: update.step + 1,
    step: update.step,
    content: contentOfUpdate(update),
    changes: {},
    ending: "answered",
    endedAt: at,
    ...changes,
  };
}

function crmOf(receipts: readonly Receipt[], changes: Partial<CrmHistory> = {}): CrmHistory {
  const calls = {
    healthy: receipts.length,
    slow: 0,
    failing: 0,
    hanging: 0,
    limiting: 0,
    resetting: 0,
    refusing: 0,
    losing: 0,
  };
  const database = new Map([["ann", contentOfUpdate(newest)]]);
  return { id: "single", onlyOn: [], receipts, database, calls, ...changes };
}

function historyOf(receipts: readonly Receipt[], changes: Partial<History> = {}): History {
  const known = contentOfUpdate(newest);
  return {
    crms: [crmOf(receipts)],
    webhooks: [
      answered(newest, "accepted"),
      answered(oldest, "stale"),
      answered(middle, "stale"),
      answered(newest, "duplicate"),
    ],
    kills: [],
    known: new Map([["ann", { ledger: known, store: known }]]),
    ...changes,
  };
}

function answered(update: Update, outcome: string): Answered {
  return { update, outcome, sends: 1 };
}

function knownAs(known: Partial<Known>): ReadonlyMap<string, Known> {
  const all = contentOfUpdate(newest);
  return new Map([["ann", { ledger: all, store: all, ...known }]]);
}

function withDatabase(database: CrmHistory["database"], onlyOn: readonly string[] = []): History {
  return { ...healthy, crms: [crmOf(received, { database, onlyOn })] };
}

function newestAt(at: number): Receipt {
  return receipt(newest, { at, endedAt: at, changes: TIER_DOWN });
}

/** The names of the checks that fail. */
function failing(history: History): string[] {
  return Object.keys(CHECKS).filter((name) => (CHECKS[name]?.(history) ?? []).length > 0);
}

it("finds nothing in a run in which all went well", () => {
  expect(judge(healthy)).toEqual([]);
});

describe("every webhook was answered, and accepted once at most", () => {
  const name = "every webhook was answered, and accepted once at most";

  it("fails where a webhook was refused", () => {
    const webhooks = [...healthy.webhooks, answered(oldest, "HTTP 422")];
    expect(failing({ ...healthy, webhooks })).toEqual([name]);
  });

  it("fails where one was accepted twice", () => {
    const webhooks = [...healthy.webhooks, answered(newest, "accepted")];
    expect(failing({ ...healthy, webhooks })).toEqual([name]);
  });
});

describe("the ledger holds the newest profile of everybody", () => {
  const name = "the ledger holds the newest profile of everybody";

  it("fails where the ledger holds an older one", () => {
    const old = contentOfUpdate(middle);
    expect(failing({ ...healthy, known: knownAs({ ledger: old, store: old }) })).toEqual([name]);
  });

  it("fails where it lost somebody", () => {
    expect(failing({ ...healthy, known: knownAs({ ledger: null, store: null }) })).toEqual([name]);
  });
});

describe("KV equals the ledger", () => {
  const name = "KV equals the ledger";

  it("fails where KV holds an older profile, or none", () => {
    for (const store of [contentOfUpdate(middle), null]) {
      expect(failing({ ...healthy, known: knownAs({ store }) })).toEqual([name]);
    }
  });
});

describe("every CRM's database holds the newest profiles", () => {
  const name = "every CRM's database holds the newest profiles";
  it("fails where a CRM holds an older profile", () => {
    expect(failing(withDatabase(new Map([["ann", contentOfUpdate(oldest)]])))).toEqual([name]);
  });

  it("fails where it holds none, or somebody whom nobody named", () => {
    expect(failing(withDatabase(new Map()))).toEqual([name]);
    const stranger = new Map([...crmOf([]).database, ["bob", contentOfUpdate(newest)]]);
    expect(failing(withDatabase(stranger))).toEqual([name]);
  });

  it("asks a CRM that only cares for tiers only for those", () => {
    const sameTier = new Map([["ann", contentOfUpdate(oldest)]]);
    expect(failing(withDatabase(sameTier, ["tier"]))).toEqual([]);
    const otherTier = new Map([["ann", contentOfUpdate(middle)]]);
    expect(failing(withDatabase(otherTier, ["tier"]))).toEqual([name]);
  });
});

describe("no CRM was told what Gameball never said", () => {
  const name = "no CRM was told what Gameball never said";

  it("fails where even a refused event mixes two updates", () => {
    const mixed = receipt(newest, { content: contentOfUpdate(middle), ending: "refused" });
    expect(failing(historyOf([...received, { ...mixed, changes: TIER_UP }]))).toContain(name);
  });

  it("fails where an event is of no webhook", () => {
    const made = receipt({ ...newest, step: 3 }, { ending: "refused", changes: {} });
    expect(failing(historyOf([...received, made]))).toContain(name);
  });
});

describe("no CRM went back", () => {
  const name = "no CRM went back";

  it("fails where an older sequence comes after a newer one, applied or not", () => {
    for (const ending of ["answered", "refused"] as const) {
      const back = receipt(middle, { at: 9_000, ending });
      expect(failing(historyOf([...received, back]))).toContain(name);
    }
  });
});

describe("nothing was acknowledged twice but after a lost acknowledgement", () => {
  const name = "nothing was acknowledged twice but after a lost acknowledgement";
  const first = newestAt(3_000);
  const run = (repeatAt: number, kills: readonly number[], ending: Receipt["ending"]) =>
    historyOf([...received.slice(0, 2), { ...first, ending }, newestAt(repeatAt)], { kills });

  it("fails where a CRM that answered gets the same again", () => {
    expect(failing(run(70_000, [], "answered"))).toContain(name);
  });

  it("passes where the CRM's answer was lost", () => {
    expect(failing(run(5_000, [], "lost"))).toEqual([]);
  });

  it("passes where the relay was killed before it can have settled it", () => {
    expect(failing(run(70_000, [3_500], "answered"))).toEqual([]);
  });

  it("fails where that kill came too late to matter, or after the repeat", () => {
    for (const kill of [3_000 + SETTLED_WITHIN_MS + 1, 70_001]) {
      expect(failing(run(70_000, [kill], "answered"))).toContain(name);
    }
  });

  it("fails where the repeat comes before the lease has run out", () => {
    expect(failing(run(9_000, [3_500], "answered"))).toEqual([name]);
  });
});

describe("the received changes, applied in order, give what each CRM holds", () => {
  const name = "the received changes, applied in order, give what each CRM holds";
  const [first = receipt(oldest, {}), second = receipt(middle, {})] = received;
  const last = (changes: Receipt["changes"]) => receipt(newest, { changes });

  it("fails where a change is missing, or there are none at all", () => {
    const { "tier.name": _missing, ...others } = TIER_DOWN;
    for (const changes of [others, {}, null]) {
      expect(failing(historyOf([first, second, last(changes)]))).toEqual([name]);
    }
  });

  it("fails where changes count from what was acknowledged before the last", () => {
    expect(failing(historyOf([first, second, last(POINTS)]))).toEqual([name]);
  });

  it("lets them count from there where the last acknowledgement was lost", () => {
    const lost = { ...second, ending: "lost" } as const;
    expect(failing(historyOf([first, lost, last(POINTS)]))).toEqual([]);
  });

  it("fails where they count from what the CRM refused", () => {
    const refused = { ...second, ending: "refused" } as const;
    expect(failing(historyOf([first, refused, last(TIER_DOWN)]))).toEqual([name]);
  });
});
