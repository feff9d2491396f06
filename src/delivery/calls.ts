// How deliveries are put into calls. Pure, but for a digest.
import { sha256Hex, utf8 } from "../bytes.ts";
import { type Adapter, eventOf, type Item } from "../destinations/adapter.ts";

const BATCH_ID_DIGITS = 32;

/** An id for a call with several events: the same for every attempt at the same events. */
export async function batchIdOf(items: readonly Item[]): Promise<string> {
  const ids = items.map(({ delivery }) => eventOf(delivery).event_id);
  const digest = await sha256Hex(ids.join());
  return `batch_${digest.slice(0, BATCH_ID_DIGITS)}`;
}

/**
 * Puts items into calls, in their order, within both caps; an item above `maxBytes` goes alone, and so
 * does every item of a call that would have fewer than `minItems`.
 */
export function chunk<T extends { readonly json: string }>(
  items: readonly T[],
  { maxItems, minItems, maxBytes }: Pick<Adapter, "maxItems" | "minItems" | "maxBytes">,
): T[][] {
  const calls: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = utf8(item.json).byteLength + 1;
    const current = calls.at(-1);
    if (current === undefined || current.length >= maxItems || bytes + size > maxBytes) {
      calls.push([item]);
      bytes = size;
    } else {
      current.push(item);
      bytes += size;
    }
  }
  return calls.flatMap((call) => (call.length < minItems ? call.map((item) => [item]) : [call]));
}
