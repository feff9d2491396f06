// What became of jobs: a CRM that accepts profiles and writes them later is asked, and what it refused
// becomes dead letters.
import type { Adapter, Complaint, JobsApi } from "../destinations/adapter.ts";
import type { Destination } from "../destinations/destination.ts";
import type { GateApi } from "../gate/client.ts";
import { isLost, isStuck, type Job } from "../gate/jobs.ts";
import type { WholeLedger } from "../ledger/whole-ledger.ts";
import { log } from "../log.ts";
import { type CallContext, exchange } from "./call.ts";

/** Bytes of an answer that are read: a page of complaints repeats what was sent. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Pages of complaints that are read of a job. */
const MAX_PAGES = 200;

/** What collecting needs from outside. */
export interface CollectContext extends CallContext {
  readonly gate: Pick<GateApi, "dueJobs" | "keepJob" | "endJob">;
  readonly ledger: Pick<WholeLedger, "refute" | "redo">;
}

/** What a job came to. */
type Verdict =
  | { readonly kind: "running" }
  | { readonly kind: "written"; readonly complaints: readonly Complaint[] }
  | { readonly kind: "lost"; readonly reason: string };

/**
 * Asks for all jobs of a destination that are due, one after the other. Never throws: what could not be
 * told to the ledger is asked for again.
 */
export async function collectJobs(
  destination: Destination,
  adapter: Adapter,
  context: CollectContext,
): Promise<void> {
  const { jobs: api } = adapter;
  if (api === null) return;
  try {
    for (const job of await context.gate.dueJobs()) {
      const verdict = await judge(api, job, destination, context);
      log({ event: "job.asked", destination: destination.id, asked: job.asked, ...sum(verdict) });
      await conclude(verdict, job, destination, context);
    }
  } catch (error) {
    log({ event: "consumer.failed", destination: destination.id, error: String(error) });
  }
}

async function conclude(
  verdict: Verdict,
  { id: job }: Job,
  { id, crm }: Destination,
  { gate, ledger }: CollectContext,
): Promise<void> {
  switch (verdict.kind) {
    case "running":
      return gate.keepJob(job);
    case "written": {
      const { complaints } = verdict;
      const key = crm?.key ?? "email";
      if (complaints.length > 0) await ledger.refute(id, { job, key, complaints });
      break;
    }
    case "lost":
      await ledger.redo(id, job, verdict.reason);
  }
  return gate.endJob(job);
}

async function judge(
  api: JobsApi,
  job: Job,
  destination: Destination,
  context: CollectContext,
): Promise<Verdict> {
  const running: Verdict = isStuck(job, context.now())
    ? { kind: "lost", reason: "the job did not end within a day" }
    : { kind: "running" };
  const answer = await exchange(api.askStatus(job.id), destination, MAX_BYTES, context);
  if (answer.kind !== "response") return running;
  const status = api.readStatus(answer);
  switch (status.kind) {
    case "running":
    case "unclear":
      return running;
    case "lost":
      return isLost(job) ? { kind: "lost", reason: status.reason } : running;
    case "finished": {
      const complaints = status.hasErrors ? await complain(api, job, destination, context) : [];
      return complaints === null ? running : { kind: "written", complaints };
    }
  }
}

/** All that a job refused, page by page; `null` when that cannot be known now. */
async function complain(
  api: JobsApi,
  job: Job,
  destination: Destination,
  context: CollectContext,
): Promise<readonly Complaint[] | null> {
  const complaints: Complaint[] = [];
  let next: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const spec = api.askComplaints(job.id, next);
    const answer = await exchange(spec, destination, MAX_BYTES, context);
    const read = answer.kind === "response" ? api.readComplaints(answer) : null;
    if (read === null) return null;
    complaints.push(...read.complaints);
    ({ next } = read);
    if (next === null) break;
  }
  return complaints;
}

function sum(verdict: Verdict): { readonly outcome: string; readonly refused: number } {
  const refused = verdict.kind === "written" ? verdict.complaints.length : 0;
  return { outcome: verdict.kind, refused };
}
