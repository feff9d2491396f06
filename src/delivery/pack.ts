// From consignments to what is sent: each in its adapter's words, those that cannot be sent refused, and
// those that the CRM takes to be about one customer made one. Pure.
import { fitsInUtf8, utf8 } from "../bytes.ts";
import { type Adapter, eventOf, type Item } from "../destinations/adapter.ts";
import { compareTimes } from "../gameball/time.ts";
import type { Consignment, Settled } from "./lane.ts";

/** An item that is sent, and the consignments that it settles with its own. */
export interface Calling extends Item {
  readonly consignment: Consignment;
  readonly others: readonly Consignment[];
}

/** What is to be sent, and what became of the rest. */
export interface Packed {
  readonly items: readonly Calling[];
  readonly refused: readonly Settled[];
}

/** Makes items of consignments, but for erasures, of which a CRM is not told. */
export function pack(consignments: readonly Consignment[], adapter: Adapter): Packed {
  const items: Calling[] = [];
  const refused: Settled[] = [];
  for (const consignment of consignments) {
    const { delivery } = consignment;
    if (delivery === null) continue;
    const draft = adapter.draft(delivery);
    const fault = "fault" in draft ? draft.fault : weigh(draft.json, adapter);
    if (fault === null && "json" in draft) {
      items.push({ ...draft, delivery, consignment, others: [] });
    } else {
      const settlement = { kind: "rejected", status: null, error: fault ?? "" } as const;
      refused.push({ consignment, settlement });
    }
  }
  return { items: unite(items), refused };
}

/** What is wrong with an item's size; `null` when nothing is. */
function weigh(json: string, { maxItemBytes }: Adapter): string | null {
  if (fitsInUtf8(json, maxItemBytes)) return null;
  return `it has ${utf8(json).byteLength} bytes; at most ${maxItemBytes} are taken`;
}

/**
 * Customers may share what a CRM knows them by, such as an e-mail address. Of those the newest profile is
 * sent, and the others are in step with it: sent too, they would undo it, or spoil the call.
 */
function unite(items: readonly Calling[]): Calling[] {
  const groups = Map.groupBy(items, (item) => item.key ?? item);
  return [...groups.values()].map((group) => {
    const newest = group.reduce((best, item) => (isOlder(item, best) ? best : item));
    const superseded = group.filter((item) => item !== newest);
    return { ...newest, others: superseded.map(({ consignment }) => consignment) };
  });
}

function isOlder(item: Item, other: Item): boolean {
  const time = eventOf(item.delivery).occurred_at;
  return compareTimes(time, eventOf(other.delivery).occurred_at) < 0;
}
