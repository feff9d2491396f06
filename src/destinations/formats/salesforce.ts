// Salesforce: contacts, upserted by an external id in sObject Collections, with a result for each in their order.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer, Outcome, ResponseSummary } from "../adapter.ts";
import {
  outcomesOf,
  MAX_ROWS_BYTES,
  missesFields,
  readAnswer,
  refuseRow,
  retryRow,
  unclear,
  unlessFieldsMiss,
} from "../answers.ts";
import { classify, describeAnswer } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { capitalize, draftProfile, keyFieldOf, valuesOf } from "../mapping.ts";
import { grantForm } from "../oauth.ts";
import { wishToWaitMs } from "../wish-to-wait.ts";

/** REST API guide, "Upsert records using sObject Collections". */
const MAX_ITEMS = 200;
/** Not documented; what Salesforce takes is more. */
const MAX_BYTES = 3 * 1024 * 1024;

/** The calls of 24 hours are used up, with a 403 that names no time: they come back hour by hour. */
const USED_UP_MS = 15 * 60 * 1000;
/** Too many calls at a time, with the same 403. */
const CONCURRENT_MS = 30_000;

/** Where the version of the REST API begins whose shapes are those below; collections need 46 or later. */
export const SALESFORCE_API = "/services/data/v60.0";

const answerSchema = v.array(v.unknown());

const rowSchema = v.looseObject({
  success: v.boolean(),
  id: v.nullish(v.string(), ""),
  errors: v.nullish(
    v.array(
      v.looseObject({
        statusCode: v.nullish(v.string(), ""),
        message: v.nullish(v.string(), ""),
        fields: v.nullish(v.array(v.string()), []),
      }),
    ),
    [],
  ),
});

/** Errors that pass; Apex triggers wrap them into others (SOAP API, "StatusCode"). */
const PASSING =
  /UNABLE_TO_LOCK_ROW|SERVER_UNAVAILABLE|QUERY_TIMEOUT|REQUEST_RUNNING_TOO_LONG|UNKNOWN_EXCEPTION/;
/** Errors of a row that others in the same call bring about, among them the limits of Apex triggers. */
const TOGETHER =
  /Duplicate external id specified|ALL_OR_NONE_OPERATION_ROLLED_BACK|Too many (batch )?retries|LimitException/i;
/** A field that is not there, or that the relay may not write. */
const MISSING_FIELD = /INVALID_FIELD|No such column/;
const MISSING_KEY = /external ID field does not exist/i;

/** Without it nobody is created, and Gameball does not know it. */
const REQUIRED = "LastName";

/**
 * Every record holds the field that it is found by, as its external id. Numbers stay numbers, `null` clears.
 * Customers whose keys differ in upper and lower case alone are one contact to Salesforce.
 */
export const salesforce: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // Of 100,000 calls in 24 hours, which is what an Enterprise org has at least (API limits), some are left.
  rate: { limit: 60, perSeconds: 60 },
  crm: {
    name: "Salesforce",
    url: null,
    keys: ["customer_id", "gb_customer_id", "email"],
    spell: (name) => `${capitalize(name)}__c`,
    keyIsField: true,
    updateOnly: true,
    required: REQUIRED,
    credentials: {
      kind: "oauth",
      settings: ["client_id", "client_secret"],
      optional: ["refresh_token"],
      tokenUrl: (url) => new URL("/services/oauth2/token", url).href,
      form: grantForm,
      scheme: "Bearer",
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch, id } = crmOf(destination);
    const keyField = keyFieldOf(crm, "Email") ?? "";
    const path = `${SALESFORCE_API}/composite/sobjects/Contact/${encodeURIComponent(keyField)}`;
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key) => ({
          attributes: { type: "Contact" },
          ...valuesOf(profile, crm),
          [keyField]: key,
        })),

      request: (items) => ({
        method: "PATCH",
        url: endpoint(url, path),
        headers: { ...jsonHeaders, ...headers },
        body: `{"allOrNone":false,"records":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classifyCall(response, items.length, now, id);
        return outcomesOf(response, items, whole, (answer) => {
          const rows = answer.status === 200 ? readAnswer(answerSchema, answer) : null;
          const isComplete = rows?.length === items.length;
          return isComplete ? readRows(rows, answer, { id, updateOnly: crm.updateOnly }) : null;
        });
      },
    };
  },
};

function classifyCall(response: ResponseSummary, count: number, now: number, id: string): Outcome {
  const outcome = classify(response, count, now);
  if (response.kind === "no_response") return outcome;
  const { status, text, headers } = response;
  const error = describeAnswer(status, text);
  if (status === 403 && text.includes("REQUEST_LIMIT_EXCEEDED")) {
    const busyMs = /concurrent/i.test(text) ? CONCURRENT_MS : USED_UP_MS;
    return { kind: "retry", status, error, afterMs: wishToWaitMs(headers, now) ?? busyMs };
  }
  const isMissing =
    (status === 400 && MISSING_FIELD.test(text)) || (status === 404 && MISSING_KEY.test(text));
  return isMissing ? missesFields({ kind: "rejected", status, error }, id, "names") : outcome;
}

/** Each item's row, in their order. */
function readRows(
  rows: readonly unknown[],
  answer: Answer,
  { id, updateOnly }: { readonly id: string; readonly updateOnly: boolean },
): Outcome[] {
  const outcomes = rows.map((row) => readRow(row, answer, updateOnly));
  return unlessFieldsMiss(outcomes, MISSING_FIELD, id, "names");
}

function readRow(row: unknown, answer: Answer, updateOnly: boolean): Outcome {
  const parsed = v.safeParse(rowSchema, row);
  if (!parsed.success) return unclear(answer);
  const { status } = answer;
  const { success, id, errors } = parsed.output;
  if (success && id !== "" && errors.length === 0) return { kind: "delivered", status };
  if (success || errors.length === 0) return unclear(answer);
  const words = errors
    .map(({ statusCode, message, fields }) => {
      const names = fields.length === 0 ? "" : ` [${fields.join(", ")}]`;
      return `${statusCode}: ${message}${names}`;
    })
    .join("; ");
  if (PASSING.test(words)) return retryRow(answer, words);
  if (TOGETHER.test(words)) return { kind: "split", status, error: describeAnswer(status, words) };
  // Not by one expression: with many such errors, as an answer may have, it would look for long.
  const missing = words.indexOf("REQUIRED_FIELD_MISSING");
  const isUnknown = updateOnly && missing !== -1 && /\bLastName\b/.test(words.slice(missing));
  return refuseRow(answer, isUnknown ? `Salesforce knows no such contact: ${words}` : words);
}
