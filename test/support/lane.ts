// A lane under test: its CRM is a function from a body to an answer, its gate is the rules alone.
import { crmLane, type LaneContext } from "../../src/delivery/crm-lane.ts";
import type { Consignment, Settled } from "../../src/delivery/lane.ts";
import type { CallReport } from "../../src/gate/call.ts";
import {
  admit,
  type Admission,
  FRESH,
  type GateState,
  report,
  type Wait,
  waitOf,
} from "../../src/gate/rules.ts";
import { adapterOf } from "../../src/destinations/formats.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import { customerIdOf, sampleDelivery, sampleDestination } from "./samples.ts";

type Gate = LaneContext["gate"];

const RATE = { limit: 100, perSeconds: 1 };

/** A gate's rules without its object; it writes down what it is asked and told. */
export class MemoryGate implements Gate {
  readonly asked: number[] = [];
  readonly jobs: string[] = [];
  readonly reports: (readonly CallReport[])[] = [];
  state: GateState = FRESH;

  async admit(wanted: number): Promise<Admission> {
    this.asked.push(wanted);
    const { state, admission } = admit(this.state, wanted, RATE, 0);
    this.state = state;
    return admission;
  }

  async expectJob(id: string): Promise<void> {
    this.jobs.push(id);
  }

  async report(calls: readonly CallReport[]): Promise<Wait> {
    this.reports.push(calls);
    this.state = report(this.state, calls, 0);
    return waitOf(this.state, 0);
  }
}

/** Consignments of customers `c1`, `c2` … */
export function consignments(count: number): Consignment[] {
  return Array.from({ length: count }, (_, index) => {
    const customerId = customerIdOf(`c${index + 1}`);
    const delivery = sampleDelivery({ customer_id: customerId, event_id: `evt_${index + 1}` });
    const { destination, leaseId, attempt } = delivery;
    return { partition: 0, customerId, destination, leaseId, attempt, isEvent: false, delivery };
  });
}

/** What a lane came to: the settlement of each customer, and the bodies that were sent. */
export interface LaneResult {
  readonly settled: ReadonlyMap<string, Settled["settlement"]>;
  readonly bodies: readonly string[];
  readonly ids: readonly string[];
}

const noToken: LaneContext["accessToken"] = async () => {
  throw new Error("no token was to be asked for");
};

/** Sends consignments through a CRM's lane. */
export async function runLane(
  given: readonly Consignment[],
  answer: (body: string) => Response | Promise<Response>,
  options: {
    readonly destination?: Partial<Destination>;
    readonly gate?: Gate;
    readonly remainingMs?: number;
    readonly startBy?: number;
    readonly accessToken?: LaneContext["accessToken"];
    readonly telemetry?: LaneContext["telemetry"];
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
  const gate = options.gate ?? new MemoryGate();
  const lane = crmLane(destination, adapterOf(destination), {
    gate,
    fetcher,
    now: () => 0,
    accessToken: options.accessToken ?? noToken,
    telemetry: options.telemetry ?? { logShare: 1, metrics: null },
  });
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
