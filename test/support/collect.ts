// Jobs under test: a vendor that was given some, and a collection whose gate and ledger write down what they
// are told.
import { collectJobs, type CollectContext } from "../../src/delivery/collect.ts";
import type { Adapter, RequestSpec } from "../../src/destinations/adapter.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import { adapterOf } from "../../src/destinations/formats.ts";
import type { Job } from "../../src/gate/jobs.ts";
import { NO_WAIT } from "../../src/gate/rules.ts";
import { callVendor, NOW, requestOf } from "./crms/calls.ts";
import { FakeKlaviyo } from "./crms/klaviyo.ts";
import { adapterTo, destinationTo } from "./crms/vendors.ts";
import { sampleDeliveries } from "./samples.ts";

type Settings = Readonly<Record<string, unknown>>;

/** A vendor that was given a job of the customers `c0` … and refused some of them. */
export function vendorWithJob(
  refused: readonly number[] = [],
  options: { readonly count?: number; readonly settings?: Settings; readonly words?: string } = {},
): FakeKlaviyo {
  const { count = 12, settings } = options;
  const vendor = new FakeKlaviyo();
  const words = options.words ?? vendor.words;
  for (const index of refused) {
    for (const key of [`c${index}`, `c${index}@example.com`]) vendor.refused.set(key, words);
  }
  callVendor(vendor, adapterTo(vendor, settings), sampleDeliveries(count));
  vendor.refused.clear();
  return vendor;
}

/** A job of the vendor. */
export function jobAt(vendor: FakeKlaviyo, id: string = "job-1") {
  const job = vendor.jobs.get(id);
  if (job === undefined) throw new Error(`there is no ${id}`);
  return job;
}

/** A job as the gate lends it: five minutes old, unless it is said to be otherwise. */
export function lentJob(changes: Partial<Job> = {}): Job {
  const acceptedAt = NOW - 5 * 60_000;
  return { id: "job-1", acceptedAt, askAt: NOW + 60_000, asked: 1, next: null, ...changes };
}

/** What a job complains of. */
export const complaintsOf = (vendor: FakeKlaviyo, ...keys: readonly string[]) =>
  keys.map((key) => ({ key, error: `invalid: Invalid input: ${vendor.words}` }));

/** What the ledger is told of customers `c0` …, known by their addresses. */
export function refuted(vendor: FakeKlaviyo, indices: readonly number[]) {
  const complaints = complaintsOf(vendor, ...indices.map((index) => `c${index}@example.com`));
  return ["refute", "crm", { job: "job-1", key: "email", complaints }];
}

/** Whom a job refused may not be asked for. */
export function withoutPages({ url }: RequestSpec): Response | null {
  return url.includes("import-errors") ? new Response("", { status: 403 }) : null;
}

/**
 * Collects jobs as a consumer does; what ledger and gate were told, in order. `given` is lent in one go, or
 * in several.
 */
export async function collect(
  vendor: FakeKlaviyo,
  given: readonly Job[] | readonly (readonly Job[])[],
  options: {
    readonly settings?: Settings;
    readonly destination?: Partial<Destination>;
    readonly adapter?: Partial<Adapter>;
    readonly context?: Partial<CollectContext>;
    readonly answer?: (spec: RequestSpec) => Response | null;
    readonly tells?: (what: string) => void;
  } = {},
) {
  const told: unknown[] = [];
  const tell = (what: string, ...about: readonly unknown[]): void => {
    options.tells?.(what);
    told.push([what, ...about]);
  };
  const lists = given.map((entry) => [entry].flat());
  const fetcher: typeof fetch = async (input, init) => {
    const { url, method, headers } = new Request(input, init);
    const spec = { url, method: "GET", headers: Object.fromEntries(headers), body: null } as const;
    if (method !== "GET") throw new Error(`${method} is no question`);
    const made = options.answer?.(spec) ?? null;
    if (made !== null) return made;
    const { status, body } = vendor.answer(requestOf(spec));
    return Response.json(body, { status });
  };
  const destination = { ...destinationTo(vendor, options.settings), ...options.destination };
  await collectJobs(
    destination,
    { ...adapterOf(destination), ...options.adapter },
    {
      fetcher,
      now: () => NOW,
      accessToken: async () => {
        throw new Error("no token was to be asked for");
      },
      gate: {
        dueJobs: async () => lists.shift() ?? [],
        keepJob: async (id, next) => tell("keep", id, next),
        endJob: async (id) => tell("end", id),
        report: async (calls) => {
          for (const { error } of calls) tell("report", error);
          return NO_WAIT;
        },
      },
      ledger: {
        refute: async (id, refutation) => tell("refute", id, refutation),
        redo: async (id, job, reason) => tell("redo", id, job, reason),
      },
      ...options.context,
    },
  );
  return told;
}
