// Iterable: users, updated in bulk, with those that failed listed by their identity.
import * as v from "valibot";
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
import type { CrmMapping } from "../destination.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { draftProfile, valuesOf } from "../mapping.ts";

/** Not documented; the bytes are what limits a call. */
const MAX_ITEMS = 1_000;
/** A request has at most 4 MB (Iterable's API, /api/users/bulkUpdate); the envelope takes the rest. */
const MAX_BYTES = 3_999_000;

/** Iterable names no time in a 429; its rates are by the second. */
const BUSY_MS = 5_000;

const answerSchema = v.looseObject({
  successCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  failCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  failedUpdates: v.nullish(v.record(v.string(), v.unknown()), {}),
});
type Counts = v.InferOutput<typeof answerSchema>;

const identitiesSchema = v.array(v.string());

/**
 * Users are always updated in bulk, be it one: Iterable handles bulk and single calls apart, and wants no
 * mix of them for one user. Whoever fails is in a list of `failedUpdates`, whose name says why.
 */
export const iterable: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // A project's whole rate for this call (Iterable's API, /api/users/bulkUpdate).
  rate: { limit: 5, perSeconds: 1 },
  crm: {
    name: "Iterable",
    url: "https://api.iterable.com",
    keys: ["email", "customer_id", "gb_customer_id"],
    spell: (name) => name,
    keyIsField: false,
    updateOnly: null,
    required: null,
    credentials: {
      kind: "header",
      settings: ["api_key"],
      header: "api-key",
      value: ({ api_key: key = "" }) => key,
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch } = crmOf(destination);
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key) => ({
          // In projects that know users by e-mail, nobody new is created by an id unless that is preferred.
          ...(crm.key === "email" ? { email: key } : { userId: key, preferUserId: true }),
          dataFields: valuesOf(profile, crm),
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, "/api/users/bulkUpdate"),
        headers: { ...jsonHeaders, ...headers },
        body: `{"createNewFields":true,"users":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classify(response, items.length, now, { busyMs: BUSY_MS });
        return outcomesOf(response, items, whole, (answer) => {
          const counts = answer.status === 200 ? readAnswer(answerSchema, answer) : null;
          return counts && readRows(counts, answer, items, { delivered: whole, crm });
        });
      },
    };
  },
};

/**
 * Each item's row. Lists may name another identity than the one that was sent, such as an address in the
 * fields of a user that is known by id: then some failed, and halves tell who. Where the counts do not add up,
 * only those that are named are known.
 */
function readRows(
  { successCount, failCount, failedUpdates }: Counts,
  answer: Answer,
  items: readonly Item[],
  { delivered, crm }: { readonly delivered: Outcome; readonly crm: CrmMapping },
): Outcome[] {
  const blamed = new Map<string, string>();
  for (const [list, identities] of Object.entries(failedUpdates)) {
    const parsed = v.safeParse(identitiesSchema, identities);
    for (const identity of parsed.success ? parsed.output : []) {
      blamed.set(crm.key === "email" ? identity.toLowerCase() : identity, list);
    }
  }
  const listOf = ({ key }: Item): string | undefined => blamed.get(key ?? "");
  const failed = items.filter((item) => listOf(item) !== undefined).length;
  const isWhole = successCount + failCount === items.length;
  return items.map((item) => {
    const list = listOf(item);
    if (list !== undefined) return refuseRow(answer, list);
    if (isWhole && failed < failCount) return refuseSomebody(answer);
    return isWhole && failed === failCount ? delivered : unclear(answer);
  });
}
