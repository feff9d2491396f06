// A lane under test: its CRM is a function from a body to an answer, its gate says what it is told to.
import { crmLane } from "../../src/delivery/crm-lane.ts";
import type { Consignment, Settled } from "../../src/delivery/lane.ts";
import type { GateApi } from "../../src/delivery/gate-client.ts";
import type { Admission, Report, Wait } from "../../src/delivery/gate.ts";
import { adapterOf } from "../../src/destinations/adapters.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import { customerIdOf, sampleDelivery, sampleDestination } from "./samples.ts";

/** A gate that grants what it is asked for, and writes down what it is told. */
export class OpenGate implements GateApi {
  readonly reports: Report[] = [];
  readonly asked: number[] = [];

  async admit(wanted: number): Promise<Admission> {
    this.asked.push(wanted);
    return { granted: wanted, waitMs: 0, spacingMs: 0, reason: null };
  }

  async report(report: Report): Promise<Wait> {
    this.reports.push(report);
    return { waitMs: report.waitMs ?? 30_000, reason: report.hold ?? "the destination asked" };
  }
}

/** Consignments of customers `c1`, `c2` … */
export function consignments(count: number): Consignment[] {
  return Array.from({ length: count }, (_, index) => {
    const customerId = customerIdOf(`c${index + 1}`);
    const delivery = sampleDelivery({ customer_id: customerId, event_id: `evt_${index + 1}` });
    return { ...delivery, partition: 0 };
  });
}

/** What a lane came to: the settlement of each customer, and the bodies that were sent. */
export interface LaneResult {
  readonly settled: ReadonlyMap<string, Settled["settlement"]>;
  readonly bodies: readonly string[];
  readonly ids: readonly string[];
}

/** Sends consignments through a CRM's lane. */
export async function runLane(
  given: readonly Consignment[],
  answer: (body: string) => Response | Promise<Response>,
  options: {
    readonly destination?: Partial<Destination>;
    readonly gate?: GateApi;
    readonly remainingMs?: number;
    readonly startBy?: number;
  } = {},
): Promise<LaneResult> {
  const destination = sampleDestination(options.destination);
  const bodies: string[] = [];
  const ids: string[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = await request.text();
    bodies.push(body);
    ids.push(request.headers.get("webhook-id") ?? "");
    return answer(body);
  };
  const gate = options.gate ?? new OpenGate();
  const lane = crmLane(destination, adapterOf(destination), { gate, fetcher, now: () => 0 });
  const endBy = options.remainingMs ?? 60_000;
  const settled = await lane(given, { endBy, startBy: options.startBy ?? Infinity });
  const byCustomer = settled.map(
    ({ consignment, settlement }) => [consignment.customerId, settlement] as const,
  );
  if (byCustomer.length !== new Set(byCustomer.map(([id]) => id)).size) {
    throw new Error("a consignment was settled twice");
  }
  return { settled: new Map<string, Settled["settlement"]>(byCustomer), bodies, ids };
}
