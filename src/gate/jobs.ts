// The jobs that a destination made of what it accepted, until it is known what became of them. Pure.
import * as v from "valibot";
import { LEASE_MS } from "../ledger/policy.ts";
import { storedTimeSchema } from "../time.ts";

/** When a job is asked for first, and how seldom at last. */
const FIRST_ASK_MS = 10_000;
const MAX_ASK_MS = 10 * 60 * 1000;
/** Whoever took a job to ask for it, and never said what came of that, is taken for lost after this. */
const LOAN_MS = 60_000;
/** A job that runs for longer than this will not end. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;
/** A job that is not known, so soon after it was made, may be known yet. */
const MIN_ASKED = 3;

/** A job, as stored. Times are in ms of Unix time. */
export const jobSchema = v.object({
  id: v.string(),
  acceptedAt: storedTimeSchema,
  /** Not to be asked for before. */
  askAt: storedTimeSchema,
  /** How often it was asked for. */
  asked: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Where to go on in what it refused; `null` for the beginning. */
  next: v.optional(v.nullable(v.string()), null),
});
export type Job = v.InferOutput<typeof jobSchema>;

/** The message on the queue that tells of jobs to be asked for: whose they are. */
export const reminderSchema = v.object({ destination: v.string() });
export type Reminder = v.InferOutput<typeof reminderSchema>;

/** A job that was just accepted. */
export function acceptJob(id: string, now: number): Job {
  return { id, acceptedAt: now, askAt: now + FIRST_ASK_MS, asked: 0, next: null };
}

/** A job in the hands of somebody who asks for it. */
export function lendJob(job: Job, now: number): Job {
  return { ...job, askAt: now + LOAN_MS, asked: job.asked + 1 };
}

/** A job that is to be asked for again: soon, where it has more to say. */
export function keepJob(job: Job, next: string | null, now: number): Job {
  const isGoingOn = next !== null && next !== job.next;
  const waitMs = isGoingOn ? FIRST_ASK_MS : Math.min(FIRST_ASK_MS * 2 ** job.asked, MAX_ASK_MS);
  return { ...job, next, askAt: now + waitMs };
}

/**
 * Whether the ledger knows by now who went into a job: whoever sent them says so before their leases end, or
 * never.
 */
export function isSettled({ acceptedAt }: Job, now: number): boolean {
  return now - acceptedAt > LEASE_MS;
}

/** Whether it is time to believe that a job is lost, when it is not known. */
export function isLost(job: Job, now: number): boolean {
  return job.asked >= MIN_ASKED && isSettled(job, now);
}

/** Whether a job has run for so long that it will not end. */
export function isStuck({ acceptedAt }: Job, now: number): boolean {
  return now - acceptedAt > MAX_AGE_MS;
}
