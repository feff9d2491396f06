// What became of jobs: a CRM that accepts profiles and writes them later is asked, and what it refused
// becomes dead letters.
import type {
  Adapter,
  Complaint,
  JobsApi,
  RequestSpec,
  ResponseSummary,
} from "../destinations/adapter.ts";
import type { Destination } from "../destinations/destination.ts";
import type { NoAccess } from "../destinations/oauth.ts";
import type { GateApi } from "../gate/client.ts";
import { isLost, isSettled, isStuck, type Job } from "../gate/jobs.ts";
import type { WholeLedger } from "../ledger/whole-ledger.ts";
import { log } from "../log.ts";
import { type CallContext, exchange } from "./call.ts";

/** Bytes of an answer that are read: a page of complaints repeats what was sent. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Pages of complaints that are read at a time: the free plan has 50 calls for an invocation. */
const MAX_PAGES = 40;
/** Nothing is begun with after this: the platform ends what runs on for 30 s. */
const MAX_MS = 12_000;

/** What collecting needs from outside. */
export interface CollectContext extends CallContext {
  readonly gate: Pick<GateApi, "dueJobs" | "keepJob" | "endJob" | "report">;
  readonly ledger: Pick<WholeLedger, "refute" | "redo">;
}

/** What a job came to. */
type Verdict =
  | { readonly kind: "running" }
  | { readonly kind: "written" }
  /** `next`: where there is more of it; `null` where there is not. */
  | {
      readonly kind: "refused";
      readonly complaints: readonly Complaint[];
      readonly next: string | null;
    }
  | { readonly kind: "lost"; readonly reason: string };

const RUNNING: Verdict = { kind: "running" };

/**
 * Asks for the jobs of a destination that are due, one after the other, while there is time. Never throws:
 * what was left, or could not be told to the ledger, is asked for again.
 */
export async function collectJobs(
  destination: Destination,
  adapter: Adapter,
  context: CollectContext,
): Promise<void> {
  const { gate, now } = context;
  const collection = new Collection(destination, adapter.jobs, context);
  try {
    for (let jobs = await gate.dueJobs(); jobs.length > 0; jobs = await gate.dueJobs()) {
      for (const job of jobs) {
        await collection.collect(job);
        if (now() >= collection.endAt) return;
      }
    }
  } catch (error) {
    log({ event: "consumer.failed", destination: destination.id }, error);
  }
}

class Collection {
  /** When nothing more is begun with. */
  readonly endAt: number;
  readonly #destination: Destination;
  /** `null` where what was accepted is no job any more. */
  readonly #api: JobsApi | null;
  readonly #context: CollectContext;

  constructor(destination: Destination, api: JobsApi | null, context: CollectContext) {
    this.endAt = context.now() + MAX_MS;
    this.#destination = destination;
    this.#api = api;
    this.#context = context;
  }

  /** One job. Whatever goes wrong with it, others can still be asked for. */
  async collect(job: Job): Promise<void> {
    const { id: destination } = this.#destination;
    try {
      const verdict = await this.#judge(job);
      const refused = verdict.kind === "refused" ? verdict.complaints.length : 0;
      log({ event: "job.asked", destination, asked: job.asked, outcome: verdict.kind, refused });
      await this.#conclude(verdict, job);
    } catch (error) {
      log({ event: "consumer.failed", destination }, error);
    }
  }

  async #conclude(verdict: Verdict, job: Job): Promise<void> {
    const { id, crm } = this.#destination;
    const { gate, ledger, now } = this.#context;
    switch (verdict.kind) {
      case "running":
        return gate.keepJob(job.id, job.next);
      case "written":
        break;
      case "refused": {
        const { complaints, next } = verdict;
        const isKnown = isSettled(job, now());
        const key = crm?.key ?? "email";
        if (complaints.length > 0) await ledger.refute(id, { job: job.id, key, complaints });
        // Where the ledger may not know yet of some whom the job refused, it is told of all once more.
        if (!isKnown) return gate.keepJob(job.id, null);
        if (next !== null) return gate.keepJob(job.id, next);
        break;
      }
      case "lost":
        await ledger.redo(id, job.id, verdict.reason);
    }
    return gate.endJob(job.id);
  }

  async #judge(job: Job): Promise<Verdict> {
    const api = this.#api;
    if (api === null) return { kind: "lost", reason: "the destination has no jobs any more" };
    const now = this.#context.now();
    const isOver = isStuck(job, now);
    const answer = await this.#ask(api.askStatus(job.id));
    const status = answer.kind === "response" ? api.readStatus(answer) : answer;
    switch (status.kind) {
      case "running":
        return isOver ? stuck("it is still running") : RUNNING;
      case "unclear":
      case "no_response":
      case "held":
      case "retry": {
        const words = "error" in status ? status.error : status.reason;
        await this.#report(words, answer, now);
        return isOver ? stuck(words) : RUNNING;
      }
      case "lost":
        return isLost(job, now) ? status : RUNNING;
      case "finished": {
        if (!status.hasErrors) return { kind: "written" };
        const verdict = await this.#complain(api, job);
        const isTold = verdict.kind === "refused" && verdict.next === null;
        return isOver && !isTold ? stuck("it does not say whom it refused") : verdict;
      }
    }
  }

  /** What a job refused, page by page, as far as that can be read now. */
  async #complain(api: JobsApi, job: Job): Promise<Verdict> {
    const complaints: Complaint[] = [];
    let { next } = job;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      if (page > 0 && this.#context.now() >= this.endAt) break;
      const answer = await this.#ask(api.askComplaints(job.id, next));
      const read = answer.kind === "response" ? api.readComplaints(answer) : null;
      if (read === null) {
        if (page === 0) return RUNNING;
        break;
      }
      complaints.push(...read.complaints);
      ({ next } = read);
      if (next === null) break;
    }
    return { kind: "refused", complaints, next };
  }

  /** Lets an operator see why nobody learns what became of a job. It says nothing of how deliveries fare. */
  async #report(words: string, answer: ResponseSummary | NoAccess, askedAt: number): Promise<void> {
    const { gate, now } = this.#context;
    const status = answer.kind === "response" ? answer.status : null;
    const error = `nobody learns what became of a job: ${words}`;
    const measured = { isProbe: false, durationMs: now() - askedAt, status };
    const none = { waitMs: 0, succeeded: 0, rejected: 0, failed: 0 };
    await gate.report([{ verdict: "busy", error, ...measured, ...none }]);
  }

  async #ask(spec: RequestSpec): Promise<ResponseSummary | NoAccess> {
    return exchange(spec, this.#destination, MAX_BYTES, this.#context);
  }
}

function stuck(words: string): Verdict {
  return { kind: "lost", reason: `the job did not end within a day: ${words}` };
}
