// The isolation benchmark in small, for what must hold on any machine: counts, not times.
import { expect, it } from "vitest";
import { runSegment } from "./segment.ts";

const SECONDS = 5;
const RATE = 50;
/** The breaker opens with the first timeouts; until then each run of the consumer tries one call. */
const MAX_HANGING_CALLS = 120;

it("brings every update to the healthy CRMs while a third hangs", async () => {
  const settings = { seconds: SECONDS, rate: RATE, batch: 1, sickness: "hangs" as const };
  const { crms, deliveryMs, refused, missing, failures } = await runSegment(settings);
  expect({ refused, missing, failures }).toEqual({ refused: [], missing: 0, failures: [] });
  expect(deliveryMs).toHaveLength(2 * SECONDS * RATE);
  console.info(`calls to a CRM that hangs: ${crms[2]?.calls}`);
  expect(crms[2]?.calls).toBeGreaterThan(0);
  expect(crms[2]?.calls).toBeLessThanOrEqual(MAX_HANGING_CALLS);
});
