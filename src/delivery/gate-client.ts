// How a consumer speaks to a destination's gate.
import type { Env } from "../env.ts";
import type { Admission, Report, Wait } from "./gate.ts";

/** The methods of a gate. They throw only when it is out of reach. */
export interface GateApi {
  admit(wanted: number): Promise<Admission>;
  /** How long everybody is to wait now, and why. */
  report(report: Report): Promise<Wait>;
}

/** The gate of a destination. */
export function gateOf(env: Env, destinationId: string): GateApi {
  // See ledgerOf: the platform's own types do not carry these.
  return env.GATES.getByName(destinationId) as unknown as GateApi;
}
