// Klaviyo: profiles, imported by a job that runs later and is asked for its errors; a few of them one by one,
// at once.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer, Item, Outcome, RequestSpec } from "../adapter.ts";
import { forAll, MAX_ROWS_BYTES, readAnswer, refuseRow, unclear } from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { draftProfile, valuesOf } from "../mapping.ts";
import { errorEntries, klaviyoJobs, KLAVIYO_JOBS_PATH, wordsOf } from "./klaviyo-jobs.ts";

/** Klaviyo's API, Create or Update Profile. */
const PROFILE_PATH = "/api/profile-import";

/** Profiles and bytes of a job (Klaviyo's API, Bulk Import Profiles); the envelope takes the rest of 5 MB. */
const MAX_ITEMS = 10_000;
const MAX_BYTES = 4_999_000;
/** A profile has at most 100 KB, and so has the request of a single one, with its envelope (same). */
const MAX_ITEM_BYTES = 99_900;
/** "Should not be used for updating a small number of profiles" (Klaviyo's guide to bulk imports). */
const MIN_ITEMS = 10;

/** The API's revision, whose shapes are those below. */
export const KLAVIYO_REVISION = "2026-07-15";

/** For a 429 without the Retry-After that it is to have (Klaviyo's guide to rate limits). */
const BUSY_MS = 10_000;

/** A job, or a single profile: either has an id, which must fit into an address. */
const acceptedSchema = v.looseObject({
  data: v.looseObject({ id: v.pipe(v.string(), v.regex(/^[!-~]{1,200}$/)) }),
});

const refusedSchema = v.looseObject({
  errors: v.array(
    v.looseObject({
      ...errorEntries,
      source: v.nullish(v.looseObject({ pointer: v.nullish(v.string(), "") })),
    }),
  ),
});

/** Which profile of a job an error is about. */
const ROW = /^\/data\/attributes\/profiles\/data\/(\d+)(?:\/|$)/;

/**
 * `null` does not clear a property (Klaviyo's guide to bulk imports); `unset` does. The key needs the scopes
 * profiles:write and lists:write for jobs, profiles:read and lists:read to ask what became of them.
 */
export const klaviyo: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // Single calls: 75 in a second and 750 in a minute, with room for the account's other uses. Jobs have 10 and
  // 150, which so many customers at a time hardly come to; where they do, a 429 lets the next one grow.
  rate: { limit: 45, perSeconds: 4 },
  crm: {
    name: "Klaviyo",
    url: "https://a.klaviyo.com",
    keys: ["email", "customer_id", "gb_customer_id"],
    spell: (name) => name,
    keyIsField: false,
    updateOnly: null,
    required: null,
    credentials: {
      kind: "header",
      settings: ["api_key"],
      header: "authorization",
      value: ({ api_key: key }) => `Klaviyo-API-Key ${key}`,
    },
  },

  adapter(destination) {
    const { crm, url, batch } = crmOf(destination);
    const identifier = crm.key === "email" ? "email" : "external_id";
    const headers = {
      ...jsonHeaders,
      "content-type": "application/vnd.api+json",
      accept: "application/vnd.api+json",
      revision: KLAVIYO_REVISION,
      ...destination.headers,
    };
    const post = (path: string, body: string): RequestSpec => {
      return { method: "POST", url: endpoint(url, path), headers, body };
    };
    return {
      maxItems: batch,
      minItems: MIN_ITEMS,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_ITEM_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: klaviyoJobs(url, headers, identifier),

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key) => {
          const values = Object.entries(valuesOf(profile, crm));
          const unset = values.filter(([, value]) => value === null).map(([name]) => name);
          const properties = Object.fromEntries(values.filter(([, value]) => value !== null));
          return {
            type: "profile",
            attributes: { [identifier]: key, properties },
            ...(unset.length > 0 ? { meta: { patch_properties: { unset } } } : {}),
          };
        }),

      request(items) {
        const jsons = items.map(({ json }) => json).join(",");
        if (items.length === 1) return post(PROFILE_PATH, `{"data":${jsons}}`);
        const profiles = `{"profiles":{"data":[${jsons}]}}`;
        const data = `{"type":"profile-bulk-import-job","attributes":${profiles}}`;
        return post(KLAVIYO_JOBS_PATH, `{"data":${data}}`);
      },

      outcomes(response, items, { now }) {
        const whole = classify(response, items.length, now, { busyMs: BUSY_MS });
        if (response.kind === "no_response") return forAll(items, whole);
        switch (whole.kind) {
          case "delivered":
            return forAll(items, readAccepted(response, items.length > 1));
          case "split":
          case "rejected":
            return blame(response, items, whole);
          case "accepted":
          case "retry":
          case "held":
            return forAll(items, whole);
        }
      },
    };
  },
};

/** A job that was taken (202), or a profile that was written (200, 201). */
function readAccepted(answer: Answer, isJob: boolean): Outcome {
  const { status } = answer;
  const accepted = readAnswer(acceptedSchema, answer);
  if (accepted === null) return unclear(answer);
  if (isJob && status === 202) return { kind: "accepted", status, job: accepted.data.id };
  if (!isJob && (status === 200 || status === 201)) return { kind: "delivered", status };
  return unclear(answer);
}

/**
 * A refusal in Klaviyo's words. A job is refused as a whole for the sake of some profiles: the others were
 * not taken, and are sent without them.
 */
function blame(answer: Answer, items: readonly Item[], whole: Outcome): Outcome[] {
  const errors = readAnswer(refusedSchema, answer)?.errors ?? [];
  if (items.length === 1) {
    const words = errors.map(wordsOf).join("; ");
    return forAll(items, words === "" ? whole : refuseRow(answer, words));
  }
  const rows = Map.groupBy(errors, ({ source }) => ROW.exec(source?.pointer ?? "")?.[1]);
  return items.map((_, index) => {
    const blamed = rows.get(String(index));
    return blamed === undefined ? whole : refuseRow(answer, blamed.map(wordsOf).join("; "));
  });
}
