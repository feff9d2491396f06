// Customer.io: people, identified in batches by the Track API (v2), with a result for each by its index.
import * as v from "valibot";
import { jsonObject } from "../../json-object.ts";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer } from "../adapter.ts";
import {
  type Blame,
  joinWords,
  MAX_ROWS_BYTES,
  outcomesOf,
  readAnswer,
  rowsByIndex,
} from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { basicAuth, jsonHeaders } from "../headers.ts";
import { draftProfile, valuesOf } from "../mapping.ts";

/** Not documented; the bytes are what limits a call. */
const MAX_ITEMS = 1_000;
/** A request has less than 500 KB, an item 32 KB (Track API v2, overview); the envelope takes the rest. */
const MAX_BYTES = 499_000;
const MAX_ITEM_BYTES = 32_000;

/** Customer.io's rate is by the second, and "not strictly enforced" (Track API v2, overview). */
const BUSY_MS = 1_000;

const words = v.nullish(v.string(), "");
const errorSchema = v.pipe(
  v.looseObject({
    batch_index: v.nullish(v.number(), null),
    reason: words,
    field: words,
    message: words,
  }),
  v.transform(({ batch_index: index, reason, field, message }): Blame => {
    return { index, words: joinWords(reason, field, message) };
  }),
);
const answerSchema = v.pipe(
  jsonObject,
  v.looseObject({ errors: v.optional(v.array(errorSchema), []) }),
);

/**
 * `timestamp` is the event's time: Customer.io orders updates of an attribute by it, so that nothing older
 * overwrites something newer even there. A 207 names those refused, and accepts all others.
 */
export const customerio: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  rate: { limit: 100, perSeconds: 1 },
  crm: {
    name: "Customer.io",
    url: "https://track.customer.io",
    keys: ["customer_id", "email", "gb_customer_id"],
    spell: (name) => name,
    keyIsField: false,
    updateOnly: false,
    required: null,
    credentials: {
      kind: "header",
      settings: ["site_id", "api_key"],
      header: "authorization",
      value: ({ site_id: user = "", api_key: password = "" }) => basicAuth(user, password),
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch } = crmOf(destination);
    const identifier = crm.key === "email" ? "email" : "id";
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_ITEM_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key) => ({
          type: "person",
          action: "identify",
          identifiers: { [identifier]: key },
          timestamp: Math.floor(Date.parse(profile.occurred_at) / 1000),
          attributes: { ...valuesOf(profile, crm), ...(crm.updateOnly ? { _update: true } : {}) },
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, "/api/v2/batch"),
        headers: { ...jsonHeaders, ...headers },
        body: `{"batch":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classify(response, items.length, now, { busyMs: BUSY_MS });
        return outcomesOf(response, items, whole, (answer) => {
          const blames = readBlames(answer);
          return blames && rowsByIndex(blames, answer, items, whole);
        });
      },
    };
  },
};

/** The errors of an answer that took the batch; `null` when it is no such answer. */
function readBlames(answer: Answer): readonly Blame[] | null {
  const { status, text } = answer;
  if (status === 200 && text.trim() === "") return [];
  if (status !== 200 && status !== 207) return null;
  const blames = readAnswer(answerSchema, answer)?.errors ?? null;
  // A 207 without errors does not say what it is about.
  return status === 207 && blames?.length === 0 ? null : blames;
}
