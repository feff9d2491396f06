// HubSpot: contacts, upserted in batches, with a result for each by its trace id.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import { type Answer, eventOf, type Item, type Outcome, type ResponseSummary } from "../adapter.ts";
import {
  forAll,
  MAX_ROWS_BYTES,
  missesFields,
  readAnswer,
  refuseRow,
  retryRow,
  unclear,
} from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { draftProfile, fieldOf, type Scalar, valuesOf } from "../mapping.ts";

/** HubSpot's guide to contacts, "Limits". */
const MAX_ITEMS = 100;
/** Not documented; what HubSpot takes is more. */
const MAX_BYTES = 3 * 1024 * 1024;

/** HubSpot names no time in a 429; its own client waits this long (hubspot-api-nodejs, RetryDecorator). */
const BUSY_MS = 10_000;
/** The day's calls are used up: they come back at midnight, and somebody may buy more. */
const DAILY_MS = 15 * 60 * 1000;
/** Locked (at least 2 s), and migrating, with a Retry-After (HubSpot's guide to errors). */
const PASSING = [423, 477];

const rowErrorSchema = v.looseObject({
  category: v.optional(v.string(), ""),
  message: v.optional(v.string(), ""),
  context: v.optional(v.looseObject({ objectWriteTraceId: v.optional(v.array(v.string()), []) })),
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
  errors: v.optional(v.array(rowErrorSchema), []),
});
type RowsAnswer = v.InferOutput<typeof answerSchema>;

/** Rows of these kinds may go better later. */
const PASSING_CATEGORIES = /RATE_LIMIT|INTERNAL|TIMEOUT|LOCK/i;
const MISSING_FIELD = "PROPERTY_DOESNT_EXIST";

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
    const idProperty = crm.key === "email" ? "email" : fieldOf(crm.key, crm);
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
        const whole = classifyCall(response, items.length, now, destination.id);
        if (response.kind === "no_response" || whole.kind !== "delivered") {
          return forAll(items, whole);
        }
        const rows = readAnswer(answerSchema, response);
        if (rows === null) return forAll(items, unclear(response));
        return readRows(rows, response, items, { idProperty, whole, id: destination.id });
      },
    };
  },
};

function classifyCall(response: ResponseSummary, count: number, now: number, id: string): Outcome {
  const text = response.kind === "response" ? response.text : "";
  const busyMs = text.includes('"DAILY"') ? DAILY_MS : BUSY_MS;
  const outcome = classify(response, count, now, { busyMs, passing: PASSING });
  const isBlamed = outcome.kind === "split" || outcome.kind === "rejected";
  return isBlamed && text.includes(MISSING_FIELD) ? missesFields(outcome, id) : outcome;
}

/** Each item's row. Whoever is neither among the results nor blamed has none. */
function readRows(
  { results, errors }: RowsAnswer,
  answer: Answer,
  items: readonly Item[],
  context: { readonly idProperty: string | null; readonly whole: Outcome; readonly id: string },
): Outcome[] {
  const { idProperty, whole, id } = context;
  const blamed = new Map<string, RowError>();
  for (const error of errors) {
    for (const trace of error.context?.objectWriteTraceId ?? []) blamed.set(trace, error);
  }
  const names = results.map(({ objectWriteTraceId, properties }) => ({
    trace: objectWriteTraceId ?? null,
    key: properties?.[idProperty ?? ""] ?? null,
  }));
  const rest = items.filter((item) => !blamed.has(traceOf(item)));
  const isNameless = names.every(({ trace, key }) => trace === null && key === null);
  const isComplete = isNameless && results.length === rest.length;
  const outcomes = items.map((item): Outcome => {
    const error = blamed.get(traceOf(item));
    if (error !== undefined) {
      const words = `${error.category}: ${error.message}`;
      const refused = refuseRow(answer, words);
      return PASSING_CATEGORIES.test(error.category) ? retryRow(answer, words) : refused;
    }
    const isThere = names.some(({ trace, key }) =>
      trace === null ? key?.toLowerCase() === item.key?.toLowerCase() : trace === traceOf(item),
    );
    return isComplete || isThere ? whole : unclear(answer);
  });
  // A field that HubSpot lacks is nobody's fault but the account's: it fails everybody.
  const isEverybody = items.every((item) =>
    blamed.get(traceOf(item))?.message.includes(MISSING_FIELD),
  );
  return isEverybody ? outcomes.map((outcome) => missesFields(outcome, id)) : outcomes;
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
