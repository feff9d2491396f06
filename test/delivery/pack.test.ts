// What of a lane's consignments is sent, what is refused before it is, and whose profile stands for whom.
import { describe, expect, it } from "vitest";
import type { Consignment } from "../../src/delivery/lane.ts";
import { pack } from "../../src/delivery/pack.ts";
import type { Adapter, Draft, Unsendable } from "../../src/destinations/adapter.ts";
import { adapterOf } from "../../src/destinations/formats.ts";
import { sampleDelivery, sampleDestination } from "../support/samples.ts";

const [MONDAY, TUESDAY] = ["2026-01-05T00:00:00.000Z", "2026-01-06T00:00:00.000Z"] as const;

/** An adapter that drafts each event as it is told by the event's id. */
function adapterOfDrafts(drafts: Readonly<Record<string, Draft | Unsendable>>): Adapter {
  return {
    ...adapterOf(sampleDestination()),
    maxItemBytes: 10,
    draft: (delivery) => {
      const id = delivery.topic === "customer.profile.updated" ? delivery.profile.event_id : "";
      return drafts[id] ?? { fault: "nobody knows it" };
    },
  };
}

function consign(eventId: string, occurredAt: string = MONDAY): Consignment {
  const delivery = sampleDelivery({ event_id: eventId, occurred_at: occurredAt });
  const { customerId, destination, leaseId, attempt } = delivery;
  return { partition: 0, customerId, destination, leaseId, attempt, isEvent: false, delivery };
}

const idOf = ({ delivery }: Consignment): string =>
  delivery?.topic === "customer.profile.updated" ? delivery.profile.event_id : "none";

/** The events that are sent, each with those that it stands for. */
function sent(consignments: readonly Consignment[], adapter: Adapter): [string, string[]][] {
  return pack(consignments, adapter).items.map(({ consignment, others }) => {
    return [idOf(consignment), others.map((other) => idOf(other))];
  });
}

const keyed = (key: string | null): Draft => ({ json: "{}", key });

describe("a pack", () => {
  it("leaves items alone that have keys of their own, or none", () => {
    const adapter = adapterOfDrafts({
      a: keyed("1"),
      b: keyed("2"),
      c: keyed(null),
      d: keyed(null),
    });
    expect(
      sent(
        ["a", "b", "c", "d"].map((id) => consign(id)),
        adapter,
      ),
    ).toEqual([
      ["a", []],
      ["b", []],
      ["c", []],
      ["d", []],
    ]);
  });

  it("lets the newest profile stand for all that share its key, wherever it is", () => {
    const adapter = adapterOfDrafts({ old: keyed("1"), young: keyed("1"), other: keyed("2") });
    const [old, young, other] = [consign("old"), consign("young", TUESDAY), consign("other")];
    const expected = [
      ["young", ["old"]],
      ["other", []],
    ];
    expect(sent([old, young, other], adapter)).toEqual(expected);
    expect(sent([young, old, other], adapter)).toEqual(expected);
  });

  it("knows digits below the millisecond, and lets the later of equals win", () => {
    const [first, later] = ["2026-01-05T00:00:00.0001Z", "2026-01-05T00:00:00.0002Z"];
    const adapter = adapterOfDrafts({ a: keyed("k"), b: keyed("k"), c: keyed("k") });
    const given = [consign("a", later), consign("b", first), consign("c", later)];
    expect(sent(given, adapter)).toEqual([["c", ["a", "b"]]]);
  });

  it("refuses what cannot be sent, and is silent about an erasure", () => {
    const adapter = adapterOfDrafts({
      fits: { json: "1234567890", key: null },
      large: { json: "12345678é0", key: null },
      odd: { fault: "the profile has no e-mail address" },
    });
    const erased = { ...consign("erased"), delivery: null };
    const given = [consign("fits"), consign("large"), consign("odd"), erased];
    expect(sent(given, adapter)).toEqual([["fits", []]]);
    expect(pack(given, adapter).refused).toEqual([
      {
        consignment: given[1],
        settlement: {
          kind: "rejected",
          status: null,
          error: "it has 11 bytes; at most 10 are taken",
        },
      },
      {
        consignment: given[2],
        settlement: { kind: "rejected", status: null, error: "the profile has no e-mail address" },
      },
    ]);
  });
});
