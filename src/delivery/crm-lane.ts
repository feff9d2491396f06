// The lane of a CRM: deliveries are admitted at its gate, put into calls, sent a few at a time, and
// each given its settlement. A lane knows nothing of other lanes.
import { type Adapter, eventOf, type Outcome } from "../destinations/adapter.ts";
import type { Destination } from "../destinations/destination.ts";
import type { Settlement } from "../ledger/turn.ts";
import { log } from "../log.ts";
import { tellAttempt } from "../telemetry/attempt.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { callCrm, type CallContext, type Ended } from "./call.ts";
import { chunk } from "./calls.ts";
import { type CallReport, reportCall } from "../gate/call.ts";
import { type Admission, NO_WAIT, type Wait } from "../gate/rules.ts";
import type { GateApi } from "../gate/client.ts";
import type { Consignment, Deadline, Lane, Settled } from "./lane.ts";
import { type Calling, pack } from "./pack.ts";

/** Requests of one lane at a time; the platform lets six of an invocation wait for their headers. */
const MAX_CONCURRENT = 4;

/** What came too late to be tried is not claimed again at once: the calls under way are slow. */
const LATE_MS = 1_000;

/** Nobody passes a gate that cannot be asked; it is soon tried again. */
const OUT_OF_REACH: Admission = {
  granted: 0,
  waitMs: 5_000,
  spacingMs: 0,
  reason: "its gate is out of reach",
  isProbe: false,
};

/** What was not refused itself is tried anew. */
const APART: Settlement = { kind: "untried", forMs: LATE_MS };

/** What becomes of deliveries whose job nobody could be told of. */
const UNWATCHED: Outcome = {
  kind: "retry",
  status: null,
  error: "the gate is out of reach, and nobody would ask for the job",
  afterMs: null,
};

/** What a lane needs from outside. */
export interface LaneContext extends CallContext {
  readonly gate: Pick<GateApi, "admit" | "report" | "expectJob">;
  readonly telemetry: Telemetry;
}

/** The lane of a CRM. */
export function crmLane(destination: Destination, adapter: Adapter, context: LaneContext): Lane {
  return async (consignments, deadline) => {
    const run = new CrmRun(destination, adapter, context, deadline);
    return run.deliver(consignments);
  };
}

type Call = readonly Calling[];

class CrmRun {
  readonly #settled: Settled[] = [];
  readonly #destination: Destination;
  readonly #adapter: Adapter;
  readonly #context: LaneContext;
  readonly #deadline: Deadline;
  #permits = 0;
  /** The permits are a single one, to find out whether the destination is well again. */
  #isProbe = false;
  /** Grows with every success, so that a destination that hangs takes one connection and not four. */
  #width = 1;
  /** Set once nothing more is to be sent: what becomes of the rest, call by call. */
  #rest: ((index: number) => Settlement) | null = null;
  /** Calls of which the gate is still to be told. */
  #unreported: CallReport[] = [];

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
    const { items, refused } = pack(consignments, this.#adapter);
    this.#settled.push(...refused);
    const queue = chunk(items, this.#adapter);
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

  /** Whether another call may start: there is time for it before the lease ends, and the gate agrees. */
  async #mayCall(calls: number): Promise<boolean> {
    const now = this.#context.now();
    const { startBy, endBy } = this.#deadline;
    const isLate = now > startBy || now + this.#destination.timeoutMs > endBy;
    if (isLate) this.#rest ??= () => ({ kind: "untried", forMs: LATE_MS });
    if (this.#rest === null && this.#permits === 0) await this.#askGate(calls);
    if (this.#rest !== null) return false;
    this.#permits -= 1;
    return true;
  }

  /** Asks for permits; without any, nothing more is sent. */
  async #askGate(calls: number): Promise<void> {
    // First what was learned so far: it may be the answer that opens the gate.
    await this.#tellGate();
    if (this.#rest !== null) return;
    const admission = await this.#reach(this.#context.gate.admit(calls), OUT_OF_REACH);
    const { granted, waitMs, spacingMs, reason, isProbe } = admission;
    this.#permits = granted;
    this.#isProbe = isProbe;
    if (granted > 0) return;
    this.#rest = (index) =>
      reason === null
        ? { kind: "untried", forMs: Math.ceil(waitMs + index * spacingMs) }
        : held(reason, waitMs);
  }

  /** One call; a batch that must be split goes back to the queue in halves. */
  async #call(call: Call, queue: Call[]): Promise<void> {
    const isProbe = this.#isProbe;
    const called = await callCrm(call, this.#destination, this.#adapter, this.#context);
    const { ended: answered, ...exchange } = called;
    const ended = await this.#expectJobs(answered);
    const report = reportCall(outcomesOf(ended), { isProbe, ...exchange });
    this.#tell(ended, report);
    const wait = await this.#learn(report);

    const toSplit: Calling[] = [];
    for (const { item, outcome } of ended) {
      if (outcome.kind === "split") toSplit.push(item);
      else this.#settleAll([item], toSettlement(outcome, wait));
    }
    const middle = Math.ceil(toSplit.length / 2);
    const halves = [toSplit.slice(0, middle), toSplit.slice(middle)];
    queue.unshift(...halves.flatMap((half) => chunk(half, this.#adapter)));
  }

  /** Jobs are to be asked for later. One that nobody would ask for is as good as none. */
  async #expectJobs(ended: readonly Ended<Calling>[]): Promise<readonly Ended<Calling>[]> {
    const jobs = new Set(outcomesOf(ended).map((outcome) => jobOf(outcome)));
    jobs.delete(null);
    const missed = new Set<string | null>();
    for (const job of jobs) {
      const isKnown = this.#context.gate.expectJob(job ?? "").then(() => true);
      if (!(await this.#reach(isKnown, false))) missed.add(job);
    }
    return ended.map(({ item, outcome }) => {
      return { item, outcome: missed.has(jobOf(outcome)) ? UNWATCHED : outcome };
    });
  }

  /**
   * Tells the gate at once of a call that did not go well, and else with the next such, or at the
   * lane's end; gives the gate's word. Adapts how many calls run side by side.
   */
  async #learn(report: CallReport): Promise<Wait> {
    const isWell = report.verdict === "answered";
    this.#width = isWell ? Math.min(this.#width + 1, MAX_CONCURRENT) : 1;
    this.#unreported.push(report);
    return isWell ? NO_WAIT : this.#tellGate();
  }

  /** Tells the gate what it does not know yet. Where it is closed by then, nothing more is sent. */
  async #tellGate(): Promise<Wait> {
    const calls = this.#unreported.splice(0);
    if (calls.length === 0) return NO_WAIT;
    const wait = await this.#reach(this.#context.gate.report(calls), OUT_OF_REACH);
    const { waitMs, reason } = wait;
    if (reason !== null) this.#rest ??= () => held(reason, waitMs);
    return wait;
  }

  /** What the gate says. That it cannot be reached must not undo what was delivered. */
  async #reach<T>(word: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await word;
    } catch (error) {
      log({ event: "consumer.failed", destination: this.#destination.id }, error);
      return otherwise;
    }
  }

  #settleAll(items: readonly Calling[], settlement: Settlement): void {
    for (const { consignment, others } of items) {
      this.#settled.push({ consignment, settlement });
      // What was refused says nothing of the others: they get a call of their own.
      const theirs = settlement.kind === "rejected" ? APART : settlement;
      this.#settled.push(...others.map((other) => ({ consignment: other, settlement: theirs })));
    }
  }

  #tell(ended: readonly Ended<Calling>[], report: CallReport): void {
    const { status, durationMs, succeeded, rejected, failed } = report;
    const attempt = {
      destination: this.#destination.id,
      format: this.#destination.format,
      outcomes: [...new Set(outcomesOf(ended).map(({ kind }) => kind))],
      attempt: Math.max(...ended.map(({ item }) => item.consignment.attempt)),
      eventIds: ended.map(({ item }) => eventOf(item.delivery).event_id),
      deliveries: ended.length,
    };
    const counts = { succeeded, rejected, failed };
    tellAttempt({ ...attempt, ...counts, status, durationMs }, this.#context.telemetry);
  }
}

function held(reason: string, forMs: number): Settlement {
  return { kind: "held", status: null, reason, forMs };
}

function jobOf(outcome: Outcome): string | null {
  return outcome.kind === "accepted" ? outcome.job : null;
}

function outcomesOf(ended: readonly Ended<Calling>[]): Outcome[] {
  return ended.map(({ outcome }) => outcome);
}

function toSettlement(outcome: Exclude<Outcome, { kind: "split" }>, { waitMs }: Wait): Settlement {
  return outcome.kind === "held" ? { ...outcome, forMs: waitMs } : outcome;
}
