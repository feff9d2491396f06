// How the rest of the relay speaks to a destination's gate.
import { jurisdictionOf } from "../config.ts";
import type { Access } from "../destinations/oauth.ts";
import type { Env } from "../env.ts";
import { restrict } from "../jurisdiction.ts";
import type { CallReport } from "./call.ts";
import type { Job } from "./jobs.ts";
import type { Admission, Wait } from "./rules.ts";
import type { GateHistory, GateView } from "./view.ts";

/** The methods of a gate. They throw only when it is out of reach. */
export interface GateApi {
  /** Asks for up to `wanted` requests. */
  admit(wanted: number): Promise<Admission>;
  /** Tells of calls, in the order in which they ended; how long everybody is to wait now, and why. */
  report(calls: readonly CallReport[]): Promise<Wait>;
  /** A token that lets the destination in; not the one that it `rejected`, if it did. */
  accessToken(rejected: string | null): Promise<Access>;
  /** A job was accepted: it is to be asked for, until it has ended. */
  expectJob(id: string): Promise<void>;
  /** Some of the jobs that are to be asked for now; they are lent for a minute. */
  dueJobs(): Promise<readonly Job[]>;
  /** A job is to be asked for again; `next` is where to go on in what it refused. */
  keepJob(id: string, next: string | null): Promise<void>;
  /** A job has ended, one way or the other. */
  endJob(id: string): Promise<void>;
  /** Lets nobody pass until `resume`. */
  pause(): Promise<void>;
  /** Ends a pause, and a hold or an open breaker with it; a wait that the CRM asked for goes on. */
  resume(): Promise<void>;
  /** Forgets everything, if its destination is not configured any more. */
  forget(): Promise<void>;
  view(): Promise<GateView>;
  /** The same with the figures of the last day. */
  history(): Promise<GateHistory>;
  /** Tells of a dead letter and why; alerts to the first within an hour. */
  deadLettered(reason: string): Promise<void>;
  /**
   * Tells how many customers are behind, and since when the oldest is (ms of Unix time; `null` when
   * none is); alerts once when that is more than 15 minutes ago.
   */
  backlog(oldestSince: number | null, customers: number): Promise<void>;
}

/** The gate of a destination. */
export function gateOf(env: Env, destinationId: string): GateApi {
  const namespace = restrict(env.GATES, jurisdictionOf(env));
  // See ledgerOf: the platform's own types do not carry these.
  return namespace.getByName(destinationId) as unknown as GateApi;
}
