// Segment: identify calls in batches by the HTTP API. It takes everything that it can read, and says no more.
import * as v from "valibot";
import { jsonObject } from "../../json-object.ts";
import { PROFILE_TOPIC } from "../../topics.ts";
import { forAll, MAX_ANSWER_BYTES, outcomesOf, readAnswer } from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { basicAuth, jsonHeaders } from "../headers.ts";
import { draftProfile, valuesOf } from "../mapping.ts";

/** Of a batch with more the rest is dropped, although the answer is 200 (Segment's HTTP API, "Batch"). */
const MAX_ITEMS = 2_500;
/** A request has at most 500 KB, an event 32 KB (Segment's HTTP API, "Max request size"). */
const MAX_BYTES = 499_000;
const MAX_ITEM_BYTES = 32_000;

/** Segment's rate is by the second; a 429 names the time, if any. */
const BUSY_MS = 1_000;

/** Digits of a time that Segment reads: milliseconds. */
const TIME_DIGITS = "YYYY-MM-DDTHH:mm:ss.sss".length;

/** A 200 means that the batch was read; its body says so again, or nothing. */
const answerSchema = v.pipe(jsonObject, v.looseObject({ success: v.optional(v.literal(true)) }));

/**
 * `messageId` is the event's id, by which Segment drops what it saw already. What an operator wants sent
 * again gets another for each attempt, or Segment would drop that as well.
 */
export const segment: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  rate: { limit: 100, perSeconds: 1 },
  crm: {
    name: "Segment",
    url: "https://api.segment.io",
    keys: ["customer_id", "gb_customer_id", "email"],
    spell: (name) => name,
    keyIsField: false,
    updateOnly: null,
    required: null,
    credentials: {
      kind: "header",
      settings: ["write_key"],
      header: "authorization",
      value: ({ write_key: key = "" }) => basicAuth(key, ""),
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch } = crmOf(destination);
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_ITEM_BYTES,
      maxResponseBytes: MAX_ANSWER_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key, { leaseId, again }) => ({
          type: "identify",
          userId: key,
          messageId: again ? `${profile.event_id}-${leaseId}` : profile.event_id,
          timestamp: `${profile.occurred_at.slice(0, TIME_DIGITS)}Z`,
          traits: valuesOf(profile, crm),
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, "/v1/batch"),
        headers: { ...jsonHeaders, ...headers },
        body: `{"batch":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classify(response, items.length, now, { busyMs: BUSY_MS });
        return outcomesOf(response, items, whole, (answer) => {
          const { status } = answer;
          const isTaken = status === 200 && readAnswer(answerSchema, answer) !== null;
          return isTaken ? forAll(items, { kind: "accepted", status, job: null }) : null;
        });
      },
    };
  },
};
