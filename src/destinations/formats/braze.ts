// Braze: users' attributes, tracked in batches. It takes them at once and writes them later, and names those
// that it cannot take by their index.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import { type Blame, MAX_ROWS_BYTES, outcomesOf, readAnswer, rowsByIndex } from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { changedValuesOf, draftProfile } from "../mapping.ts";

/** Objects of a call: 75, and 50 in contracts of 2024 and 2025 (Braze's guide to /users/track). */
const MAX_ITEMS = 75;
const DEFAULT_ITEMS = 50;
/** A request has at most 4 MB (same guide); the envelope takes the rest. */
const MAX_BYTES = 3_999_000;

/** Braze's rates are by three seconds; a 429 says by X-RateLimit-Reset when the next begin. */
const BUSY_MS = 3_000;

/** Braze's guide has neither `index` nor `input_array`; its answers do. */
const errorSchema = v.fallback(
  v.pipe(
    v.looseObject({
      type: v.nullish(v.string(), "it was not taken"),
      input_array: v.literal("attributes"),
      index: v.number(),
    }),
    v.transform(({ index, type: words }): Blame => ({ index, words })),
  ),
  { index: null, words: "" },
);

/**
 * Its `attributes_processed` counts external ids with attributes (Braze's guide), and so tells nothing of users
 * that are known by their addresses; whoever is not taken is among the errors.
 */
const answerSchema = v.looseObject({
  message: v.picklist(["success", "queued"]),
  errors: v.nullish(v.array(errorSchema), []),
});

/**
 * Every attribute that is sent costs a data point, changed or not, so only changed ones are ("pass deltas",
 * Braze's guide to data points); `null` removes one.
 */
export const braze: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: DEFAULT_ITEMS,
  maxBatch: MAX_ITEMS,
  rate: { limit: 100, perSeconds: 1 },
  crm: {
    name: "Braze",
    url: null,
    keys: ["customer_id", "email", "gb_customer_id"],
    spell: (name) => name,
    keyIsField: false,
    updateOnly: false,
    required: null,
    credentials: {
      kind: "header",
      settings: ["api_key"],
      header: "authorization",
      value: ({ api_key: key }) => `Bearer ${key}`,
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch } = crmOf(destination);
    const identifier = crm.key === "email" ? "email" : "external_id";
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (_, key, changed) => ({
          ...changedValuesOf(changed, crm),
          [identifier]: key,
          ...(crm.updateOnly ? { _update_existing_only: true } : {}),
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, "/users/track"),
        headers: {
          ...jsonHeaders,
          ...(items.length > 1 ? { "x-braze-bulk": "true" } : {}),
          ...headers,
        },
        body: `{"attributes":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classify(response, items.length, now, { busyMs: BUSY_MS });
        return outcomesOf(response, items, whole, (answer) => {
          const read = readAnswer(answerSchema, answer);
          const { status } = answer;
          const taken = { kind: "accepted", status, job: null } as const;
          return read && rowsByIndex(read.errors, answer, items, taken);
        });
      },
    };
  },
};
