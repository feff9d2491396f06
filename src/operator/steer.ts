// What an operator does to a destination, be it by the API or in the dashboard.
import { type Trial, tryOut } from "../delivery/trial.ts";
import type { Destination } from "../destinations/destination.ts";
import type { GateApi } from "../gate/client.ts";
import type { WholeLedger } from "../ledger/whole-ledger.ts";
import type { CustomerId } from "../profile/customer-id.ts";

/** Characters of a CRM's answer that a test shows. */
const MAX_ERROR = 500;

/** A destination with what an operator steers: its gate, and the ledger. */
export interface Steered {
  readonly destination: Destination;
  readonly gate: GateApi;
  readonly ledger: WholeLedger;
}

/** Ends a pause, a hold or an open breaker: what waited goes out. */
export async function resume({ destination, gate, ledger }: Steered): Promise<void> {
  await gate.resume();
  await ledger.open(destination.id);
}

/** Sends one sample, and lets go what the gate held when the destination acknowledges it. */
export async function test(steered: Steered) {
  const { destination, gate } = steered;
  const trial = await tryOut(destination, `evt_test_${crypto.randomUUID()}`, {
    accessToken: async (rejected) => gate.accessToken(rejected),
    fetcher: async (...args) => fetch(...args),
    now: () => Date.now(),
  });
  if (trial.report.succeeded > 0) await heal(steered, trial);
  const { status, durationMs, error } = trial.report;
  const shown = error?.slice(0, MAX_ERROR) ?? null;
  return { outcome: trial.outcome, status, latency_ms: durationMs, error: shown };
}

/** Sends every customer's profile, or only those that the destination never acknowledged. */
export async function backfill(
  { destination, ledger }: Steered,
  which: { readonly all: boolean },
): Promise<void> {
  await ledger.sweep(destination.id, "backfill", { ...which, now: Date.now() });
}

/** Tries dead letters again: those of some customers, or (`null`) all. */
export async function replay(
  { destination, ledger }: Steered,
  customerIds: readonly CustomerId[] | null,
): Promise<void> {
  if (customerIds !== null) return ledger.replay(customerIds, destination.id);
  return ledger.sweep(destination.id, "replay", { all: false, now: Date.now() });
}

/** A destination that answered a trial is well: what its gate holds is let go. A pause goes on. */
async function heal({ destination, gate, ledger }: Steered, { report }: Trial): Promise<void> {
  const { state } = await gate.view();
  if (state !== "held" && state !== "breaker_open") return;
  await gate.report([report]);
  await ledger.open(destination.id);
}
