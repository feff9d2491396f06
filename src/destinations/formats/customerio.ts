// Customer.io: people, identified in batches by the Track API (v2), with a result for each by its index.
import * as v from "valibot";
import { jsonObject } from "../../json-object.ts";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer, Item, Outcome } from "../adapter.ts";
import {
  outcomesOf,
  MAX_ROWS_BYTES,
  readAnswer,
  refuseRow,
  refuseSomebody,
  unclear,
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

const answerSchema = v.pipe(
  jsonObject,
  v.looseObject({
    errors: v.optional(
      v.array(
        v.looseObject({
          batch_index: v.nullish(v.number()),
          reason: v.nullish(v.string(), ""),
          field: v.nullish(v.string(), ""),
          message: v.nullish(v.string(), ""),
        }),
      ),
      [],
    ),
  }),
);
type Errors = v.InferOutput<typeof answerSchema>["errors"];

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
          const errors = readErrors(answer);
          return errors === null ? null : readRows(errors, answer, items, whole);
        });
      },
    };
  },
};

/** The errors of an answer that took the batch; `null` when it is no such answer. */
function readErrors(answer: Answer): Errors | null {
  const { status, text } = answer;
  if (status === 200 && text.trim() === "") return [];
  if (status !== 200 && status !== 207) return null;
  return readAnswer(answerSchema, answer)?.errors ?? null;
}

/** Each item's row. An error that names nobody may be anybody's: the others are sent again in halves. */
function readRows(
  errors: Errors,
  answer: Answer,
  items: readonly Item[],
  delivered: Outcome,
): Outcome[] {
  const words = new Map(
    errors.map(({ batch_index: index, reason, field, message }) => [
      index ?? -1,
      [reason, field, message].filter((word) => word !== "").join(": "),
    ]),
  );
  const isClear = [...words.keys()].every((index) => items[index] !== undefined);
  // A 207 without errors does not say what it is about.
  const isEmpty = answer.status === 207 && words.size === 0;
  return items.map((_, index) => {
    const blame = words.get(index);
    if (blame !== undefined) return refuseRow(answer, blame);
    if (!isClear) return refuseSomebody(answer);
    return isEmpty ? unclear(answer) : delivered;
  });
}
