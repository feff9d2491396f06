// The lane of a CRM: deliveries are admitted at its gate, put into calls, sent a few at a time, and
// each given its settlement. A lane knows nothing of other lanes.
import type { Adapter, Delivery, Item, Outcome, ResponseSummary } from "../destinations/adapter.ts";
import { attempt } from "../destinations/attempt.ts";
import type { Destination } from "../destinations/destination.ts";
import type { Settlement } from "../ledger/settle.ts";
import { log } from "../log.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import { batchIdOf, chunk, maskAnswer } from "./calls.ts";
import type { Report } from "./gate.ts";
import type { GateApi } from "./gate-client.ts";
import type { Consignment, Deadline, Lane, Settled } from "./lane.ts";

/** Requests of one lane at a time; the platform lets six of an invocation wait for their headers. */
const MAX_CONCURRENT = 4;

/** What a lane needs from outside. */
export interface LaneContext {
  readonly gate: GateApi;
  readonly fetcher: typeof fetch;
  readonly now: () => number;
}

/** The lane of a CRM. */
export function crmLane(destination: Destination, adapter: Adapter, context: LaneContext): Lane {
  return async (consignments, deadline) => {
    const run = new CrmRun(destination, adapter, context, deadline);
    return run.deliver(consignments);
  };
}

type Calling = Item & { readonly delivery: Delivery & Consignment };
type Call = readonly Calling[];

class CrmRun {
  readonly #settled: Settled[] = [];
  readonly #destination: Destination;
  readonly #adapter: Adapter;
  readonly #context: LaneContext;
  readonly #deadline: Deadline;
  #permits = 0;
  /** Grows with every success, so that a destination that hangs takes one connection and not four. */
  #width = 1;
  /** Set once nothing more is to be sent: what becomes of the rest, call by call. */
  #rest: ((index: number) => Settlement) | null = null;
  /** What the gate is still to be told. */
  #learned: Report | null = null;

  constructor(
    destination: Destination,
    adapter: Adapter,
    context: LaneContext,
    deadline: Deadline,
  ) {
    this.#destination = destination;
    this.#adapter = adapter;
    this.#context = context;
    this.#deadline = deadline;
  }

  async deliver(consignments: readonly Consignment[]): Promise<readonly Settled[]> {
    const items = consignments.flatMap((consignment) => this.#prepare(consignment));
    const queue = chunk(items, this.#adapter.maxItems, this.#adapter.maxBytes);
    const running = new Set<Promise<void>>();
    while (queue.length > 0 || running.size > 0) {
      while (
        queue.length > 0 &&
        running.size < this.#width &&
        (await this.#mayCall(queue.length))
      ) {
        const done = this.#call(queue.shift() ?? [], queue).finally(() => running.delete(done));
        running.add(done);
      }
      if (this.#rest !== null) {
        for (const [index, call] of queue.splice(0).entries()) {
          this.#settleAll(call, this.#rest(index));
        }
      }
      if (running.size > 0) await Promise.race(running);
    }
    await this.#tellGate();
    return this.#settled;
  }

  #prepare(consignment: Consignment): Calling[] {
    const { profile } = consignment;
    if (profile === null) return []; // erased: a CRM is not told
    const delivery = { ...consignment, topic: PROFILE_TOPIC, profile };
    return [{ delivery, json: this.#adapter.item(delivery) }];
  }

  /** Whether another call may start: there is time for it before the lease ends, and the gate agrees. */
  async #mayCall(calls: number): Promise<boolean> {
    if (this.#rest !== null) return false;
    const now = this.#context.now();
    const { startBy, endBy } = this.#deadline;
    if (now > startBy || now + this.#destination.timeoutMs > endBy) {
      this.#rest = () => ({ kind: "untried", forMs: 0 });
      return false;
    }
    if (this.#permits === 0) {
      // First what was learned so far: it may be the answer that ends a hold.
      await this.#tellGate();
      const { granted, waitMs, spacingMs, reason } = await this.#context.gate.admit(calls);
      this.#permits = granted;
      if (granted === 0) {
        this.#rest = (index) =>
          reason === null
            ? { kind: "untried", forMs: Math.ceil(waitMs + index * spacingMs) }
            : held(reason, waitMs);
        return false;
      }
    }
    this.#permits -= 1;
    return true;
  }

  /** One call; a batch that must be split goes back to the queue in halves. */
  async #call(call: Call, queue: Call[]): Promise<void> {
    const { timeoutMs } = this.#destination;
    const deliveries = call.map(({ delivery }) => delivery);
    const startedAt = this.#context.now();
    const batchId = await batchIdOf(deliveries);
    const spec = this.#adapter.request(call, this.#destination, { now: startedAt, batchId });
    const answer = await attempt(spec, timeoutMs, this.#context.fetcher);
    const response = maskAnswer(answer, this.#destination.secrets);
    const now = this.#context.now();
    const outcomes = this.#adapter.outcomes(response, deliveries, { now });
    this.#log(response, deliveries, outcomes, now - startedAt);
    const wait = await this.#learn(outcomes);

    const toSplit: Calling[] = [];
    for (const [index, item] of call.entries()) {
      const outcome = outcomes[index] ?? NO_OUTCOME;
      if (outcome.kind === "split" && call.length > 1) toSplit.push(item);
      else this.#settleAll([item], toSettlement(outcome, wait));
    }
    const middle = Math.ceil(toSplit.length / 2);
    const halves = [toSplit.slice(0, middle), toSplit.slice(middle)];
    queue.unshift(...halves.filter((half) => half.length > 0));
  }

  /**
   * Tells the gate at once when everybody must wait, and else at the lane's end; gives how long the
   * gate then stays closed. Adapts how many calls run side by side.
   */
  async #learn(outcomes: readonly Outcome[]): Promise<number> {
    const hold = outcomes.find((outcome) => outcome.kind === "held")?.reason ?? null;
    const waits = outcomes.map((outcome) =>
      outcome.kind === "retry" ? (outcome.afterMs ?? 0) : 0,
    );
    const waitMs = Math.max(0, ...waits) || null;
    const isAnswering = outcomes.some(({ kind }) => kind !== "retry" && kind !== "held");
    this.#width = isAnswering ? Math.min(this.#width + 1, MAX_CONCURRENT) : 1;
    if (hold === null && waitMs === null) {
      this.#learned = {
        isAnswering: isAnswering || this.#learned?.isAnswering === true,
        waitMs,
        hold,
      };
      return 0;
    }
    const wait = await this.#context.gate.report({ isAnswering, waitMs, hold });
    this.#learned = null;
    this.#rest ??= () => held(wait.reason, wait.waitMs);
    return wait.waitMs;
  }

  async #tellGate(): Promise<void> {
    const learned = this.#learned;
    this.#learned = null;
    if (learned !== null) await this.#context.gate.report(learned);
  }

  #settleAll(items: readonly Calling[], settlement: Settlement): void {
    this.#settled.push(...items.map(({ delivery }) => ({ consignment: delivery, settlement })));
  }

  #log(
    response: ResponseSummary,
    deliveries: readonly Consignment[],
    outcomes: readonly Outcome[],
    durationMs: number,
  ): void {
    log({
      event: "delivery.attempted",
      destination: this.#destination.id,
      deliveries: deliveries.length,
      attempt: Math.max(...deliveries.map(({ attempt: number }) => number)),
      outcome: [...new Set(outcomes.map(({ kind }) => kind))].join(),
      status: response.kind === "response" ? response.status : null,
      duration_ms: durationMs,
    });
  }
}

function held(reason: string, forMs: number): Settlement {
  return { kind: "held", status: null, reason, forMs };
}

/** An adapter that forgot a delivery: a bug, which must not lose the profile. */
const NO_OUTCOME: Outcome = {
  kind: "retry",
  status: null,
  error: "the adapter gave no outcome",
  afterMs: null,
};

function toSettlement(outcome: Outcome, waitMs: number): Settlement {
  switch (outcome.kind) {
    case "delivered":
    case "accepted":
    case "retry":
    case "rejected":
      return outcome;
    case "held":
      return { ...outcome, forMs: waitMs };
    case "split":
      return { ...outcome, kind: "rejected" };
  }
}
