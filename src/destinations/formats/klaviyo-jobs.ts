// Klaviyo's import jobs, once they were accepted: how one stands, and whom it refused.
import * as v from "valibot";
import type { Complaint, JobsApi, RequestSpec } from "../adapter.ts";
import { joinWords, readAnswer } from "../answers.ts";
import { describeAnswer, MAX_ERROR } from "../classify.ts";
import { endpoint } from "../format.ts";

/** Where jobs are made and found (Klaviyo's API, Bulk Import Profiles). */
export const KLAVIYO_JOBS_PATH = "/api/profile-bulk-import-jobs";

/** Errors on a page (Klaviyo's API, Get Errors for Bulk Import Profiles Job: at most 100). */
const PAGE_SIZE = 100;
/** Characters of a cursor, which is kept and put into an address. */
const MAX_CURSOR = 1_000;

const NO_WORDS = "the import failed, and nothing says why";

const statusSchema = v.looseObject({
  data: v.looseObject({
    attributes: v.looseObject({
      status: v.picklist(["cancelled", "complete", "processing", "queued"]),
      failed_count: v.nullish(v.number(), 0),
    }),
  }),
});

const text = v.nullish(v.string(), "");

/** What Klaviyo says of an error, of a request's or of an import's (its API, Errors). */
export const errorEntries = { code: text, title: text, detail: text };

/** A profile as it was sent, or its attributes alone: Klaviyo does not say. */
const identitySchema = v.looseObject({
  email: v.nullish(v.string()),
  external_id: v.nullish(v.string()),
});
const attributesSchema = v.looseObject({ attributes: identitySchema });
const payloadSchema = v.union([
  v.pipe(
    v.looseObject({ data: attributesSchema }),
    v.transform(({ data }) => data.attributes),
  ),
  v.pipe(
    attributesSchema,
    v.transform(({ attributes }) => attributes),
  ),
  identitySchema,
]);

const complaintsSchema = v.looseObject({
  data: v.array(
    v.looseObject({
      attributes: v.looseObject({
        ...errorEntries,
        original_payload: v.fallback(v.nullable(payloadSchema), null),
      }),
    }),
  ),
  links: v.nullish(v.looseObject({ next: v.nullish(v.string()) })),
});
type ErrorWords = Readonly<Record<keyof typeof errorEntries, string>>;
type Row = v.InferOutput<typeof complaintsSchema>["data"][number]["attributes"];

/** Asks for jobs at a destination; `identifier` is what its profiles are known by. */
export function klaviyoJobs(
  url: string,
  headers: Readonly<Record<string, string>>,
  identifier: "email" | "external_id",
): JobsApi {
  const get = (job: string, rest: string): RequestSpec => {
    const address = `${endpoint(url, KLAVIYO_JOBS_PATH)}/${encodeURIComponent(job)}${rest}`;
    return { method: "GET", url: address, headers, body: null };
  };
  return {
    askStatus: (job) => get(job, ""),

    readStatus(response) {
      if (response.kind === "no_response") return { kind: "unclear", reason: response.reason };
      const words = describeAnswer(response.status, response.text);
      if (response.status === 404) return { kind: "lost", reason: `the job is gone: ${words}` };
      const answer = response.status === 200 ? readAnswer(statusSchema, response) : null;
      if (answer === null) return { kind: "unclear", reason: words };
      const { status, failed_count: failed } = answer.data.attributes;
      switch (status) {
        case "queued":
        case "processing":
          return { kind: "running" };
        case "complete":
          return { kind: "finished", hasErrors: failed > 0 };
        case "cancelled":
          return { kind: "lost", reason: "the job was cancelled" };
      }
    },

    askComplaints(job, next) {
      const query = new URLSearchParams({ "page[size]": String(PAGE_SIZE) });
      if (next !== null) query.set("page[cursor]", next);
      return get(job, `/import-errors?${query.toString()}`);
    },

    readComplaints(response) {
      if (response.kind === "no_response" || response.status !== 200) return null;
      const answer = readAnswer(complaintsSchema, response);
      if (answer === null) return null;
      const complaints = answer.data.flatMap(({ attributes }) => complain(attributes, identifier));
      const after = answer.links?.next ?? "";
      if (after === "") return { complaints, next: null };
      const next = cursorIn(after);
      // There is more, but nobody knows where.
      return next === null ? null : { complaints, next };
    },
  };
}

/** An error in Klaviyo's words, short enough to be kept. */
export function wordsOf({ code, title, detail }: ErrorWords): string {
  return joinWords(code, title, detail).slice(0, MAX_ERROR);
}

/**
 * Whom an error is about, and its words. One that names nobody is left out: it can be put down to nobody, and
 * nothing counts it.
 */
function complain(row: Row, identifier: "email" | "external_id"): Complaint[] {
  const identity = row.original_payload?.[identifier]?.trim() ?? "";
  if (identity === "") return [];
  const key = identifier === "email" ? identity.toLowerCase() : identity;
  const words = wordsOf(row);
  return [{ key, error: words === "" ? NO_WORDS : words }];
}

/** The next page's cursor. Its address is not followed: it is the relay that says where it calls. */
function cursorIn(next: string): string | null {
  const base = "https://a.klaviyo.com";
  if (!URL.canParse(next, base)) return null;
  const cursor = new URL(next, base).searchParams.get("page[cursor]") ?? "";
  return cursor === "" || cursor.length > MAX_CURSOR ? null : cursor;
}
