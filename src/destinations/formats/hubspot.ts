// HubSpot: contacts, upserted in batches, with a result for each by its trace id.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import { type Answer, eventOf, type Item, type Outcome, type ResponseSummary } from "../adapter.ts";
import {
  outcomesOf,
  MAX_ROWS_BYTES,
  readAnswer,
  refuseRow,
  retryRow,
  unclear,
  unlessFieldsMiss,
} from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { draftProfile, keyFieldOf, type Scalar, valuesOf } from "../mapping.ts";

/** HubSpot's guide to contacts, "Limits". */
const MAX_ITEMS = 100;
/** Not documented; what HubSpot takes is more. */
const MAX_BYTES = 3 * 1024 * 1024;

/** HubSpot names no time in a 429; its own client waits this long (hubspot-api-nodejs, RetryDecorator). */
const BUSY_MS = 10_000;
/** The day's calls are used up: they come back at midnight, and somebody may buy more. */
const DAILY_MS = 15 * 60 * 1000;
/** Locked, and migrating, with a Retry-After (HubSpot's guide to errors). */
const PASSING = [423, 477];
/** HubSpot wants at least this delay after a 423 (same guide). */
const LOCKED_MS = 2_000;

const rowErrorSchema = v.looseObject({
  category: v.nullish(v.string(), ""),
  message: v.nullish(v.string(), ""),
  context: v.nullish(v.looseObject({ objectWriteTraceId: v.nullish(v.array(v.string()), []) })),
});
type RowError = v.InferOutput<typeof rowErrorSchema>;

const answerSchema = v.looseObject({
  results: v.array(
    v.looseObject({
      id: v.string(),
      objectWriteTraceId: v.nullish(v.string()),
      properties: v.nullish(v.record(v.string(), v.nullish(v.string())), {}),
    }),
  ),
  errors: v.nullish(v.array(rowErrorSchema), []),
});
type RowsAnswer = v.InferOutput<typeof answerSchema>;

/** Rows of these kinds may go better later. */
const PASSING_CATEGORIES = /RATE_LIMIT|INTERNAL|TIMEOUT|LOCK/i;
const MISSING_FIELD = /PROPERTY_DOESNT_EXIST/;

/**
 * By e-mail HubSpot does not support partial upserts (guide to contacts), so every call writes all fields.
 * Values are strings, `""` clears. A trace id for each keeps one bad contact from sinking the batch, and
 * says which it was.
 */
export const hubspot: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // A Free or Starter account's 100 in 10 s, with room for the shop's other uses (HubSpot, usage guidelines).
  rate: { limit: 90, perSeconds: 10 },
  crm: {
    name: "HubSpot",
    url: "https://api.hubapi.com",
    keys: ["email", "customer_id", "gb_customer_id"],
    spell: (name) => name,
    keyIsField: true,
    updateOnly: null,
    required: null,
    credentials: {
      kind: "header",
      settings: ["token"],
      header: "authorization",
      value: ({ token }) => `Bearer ${token}`,
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch } = crmOf(destination);
    const idProperty = keyFieldOf(crm, "email");
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key) => ({
          idProperty,
          id: key,
          objectWriteTraceId: profile.event_id,
          properties: textsOf(valuesOf(profile, crm)),
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, "/crm/v3/objects/contacts/batch/upsert"),
        headers: { ...jsonHeaders, ...headers },
        body: `{"inputs":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const outcomes = readAll(response, items, now, idProperty);
        return unlessFieldsMiss(outcomes, MISSING_FIELD, destination.id);
      },
    };
  },
};

function readAll(
  response: ResponseSummary,
  items: readonly Item[],
  now: number,
  idProperty: string | null,
): Outcome[] {
  const isDaily = response.kind === "response" && response.text.includes('"DAILY"');
  const busyMs = isDaily ? DAILY_MS : BUSY_MS;
  const call = classify(response, items.length, now, { busyMs, passing: PASSING });
  const isLocked = call.kind === "retry" && call.status === 423;
  const lockedMs = isLocked ? Math.max(call.afterMs ?? 0, LOCKED_MS) : null;
  const whole = lockedMs === null ? call : { ...call, afterMs: lockedMs };
  return outcomesOf(response, items, whole, (answer) => {
    const rows = readAnswer(answerSchema, answer);
    return rows && readRows(rows, answer, items, { idProperty, delivered: whole });
  });
}

/** Each item's row. Whoever is neither among the results nor blamed has none. */
function readRows(
  { results, errors }: RowsAnswer,
  answer: Answer,
  items: readonly Item[],
  { idProperty, delivered }: { readonly idProperty: string | null; readonly delivered: Outcome },
): Outcome[] {
  const blamed = new Map<string, RowError>();
  for (const error of errors) {
    for (const trace of error.context?.objectWriteTraceId ?? []) blamed.set(trace, error);
  }
  const names = results.map(({ objectWriteTraceId, properties }) => {
    const key = properties?.[idProperty ?? ""] ?? null;
    const trace = objectWriteTraceId ?? null;
    return { trace, key: idProperty === "email" ? (key?.toLowerCase() ?? null) : key };
  });
  const rest = items.filter((item) => !blamed.has(traceOf(item)));
  const isNameless = names.every(({ trace, key }) => trace === null && key === null);
  const isComplete = isNameless && results.length === rest.length;
  return items.map((item) => {
    const error = blamed.get(traceOf(item));
    if (error !== undefined) {
      const words = `${error.category}: ${error.message}`;
      const isPassing = PASSING_CATEGORIES.test(error.category);
      return isPassing ? retryRow(answer, words) : refuseRow(answer, words);
    }
    const isThere = names.some(({ trace, key }) =>
      trace === null ? key === item.key : trace === traceOf(item),
    );
    return isComplete || isThere ? delivered : unclear(answer);
  });
}

function traceOf({ delivery }: Item): string {
  return eventOf(delivery).event_id;
}

/** HubSpot's properties are strings, whatever their type, and an empty one is unset. */
function textsOf(values: Readonly<Record<string, Scalar>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? "" : String(value)]),
  );
}
