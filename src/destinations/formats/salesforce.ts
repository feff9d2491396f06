// Salesforce: contacts, upserted in collections by an external id, with a result for each in their order.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer, Item, Outcome, ResponseSummary } from "../adapter.ts";
import {
  forAll,
  MAX_ROWS_BYTES,
  readAnswer,
  refuseRow,
  retryRow,
  unclear,
  unlessFieldsMiss,
} from "../answers.ts";
import { classify, describeAnswer } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { draftProfile, fieldOf, spellWords, valuesOf, withoutField } from "../mapping.ts";

/** Records of a collection (Salesforce's REST API, Upsert Multiple Records). */
const MAX_ITEMS = 200;
/** Not documented for this call; what Salesforce takes is more. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Where collections are upserted; they need version 46 or later. */
export const SALESFORCE_API = "/services/data/v60.0";

/** The calls of 24 hours are used up (403), and come back little by little. */
const LIMIT_EXCEEDED = "REQUEST_LIMIT_EXCEEDED";
const LIMIT_MS = 5 * 60 * 1000;

/** The field without which no Contact is created. */
const REQUIRED = "LastName";

const rowsSchema = v.array(
  v.looseObject({
    success: v.boolean(),
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
  }),
);
type Row = v.InferOutput<typeof rowsSchema>[number];

/** A row of this kind may go better later. */
const PASSING =
  /^(UNABLE_TO_LOCK_ROW|SERVER_UNAVAILABLE|REQUEST_LIMIT_EXCEEDED|TXN_.*|UNKNOWN_EXCEPTION)$/;
/** Two records of one call meant the same Contact: apart, each is taken. */
const COLLISION = /Duplicate external id specified/i;
/** The object has no such field, or the external id is none. */
const MISSING_FIELD = /INVALID_FIELD|No such column|NOT_FOUND|INVALID_EXTERNAL_ID/;

/**
 * Nobody is created unless `update_only = false`, since a Contact needs a last name, which Gameball does
 * not send. Then it is `fields` that must give one.
 */
export const salesforce: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // There is no rate by the second, but 25 long calls at a time and some 100,000 a day.
  rate: { limit: 10, perSeconds: 1 },
  crm: {
    name: "Salesforce",
    url: null,
    keys: ["customer_id", "email", "gb_customer_id"],
    spell: (name) => `${spellWords(name)}__c`,
    keyIsField: true,
    updateOnly: true,
    required: REQUIRED,
    credentials: {
      kind: "oauth",
      settings: ["client_id", "client_secret"],
      optional: ["refresh_token"],
      tokenUrl: (url) => endpoint(url, "/services/oauth2/token"),
      form: ({ client_id = "", client_secret = "", refresh_token }) => ({
        ...(refresh_token === undefined
          ? { grant_type: "client_credentials" }
          : { grant_type: "refresh_token", refresh_token }),
        client_id,
        client_secret,
      }),
      scheme: "Bearer",
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch, id } = crmOf(destination);
    const keyField = crm.key === "email" ? "Email" : (fieldOf(crm.key, crm) ?? "");
    // With a name somebody would be created who is not known yet.
    const written = crm.updateOnly ? withoutField(crm, REQUIRED) : crm;
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
          ...valuesOf(profile, written),
          [keyField]: key,
        })),

      request: (items) => ({
        method: "PATCH",
        url: endpoint(url, `${SALESFORCE_API}/composite/sobjects/Contact/${keyField}`),
        headers: { ...jsonHeaders, ...headers },
        body: `{"allOrNone":false,"records":[${items.map(({ json }) => json).join(",")}]}`,
      }),

      outcomes(response, items, { now }) {
        const outcomes = readAll(response, items, now, crm.updateOnly);
        return unlessFieldsMiss(outcomes, MISSING_FIELD, id);
      },
    };
  },
};

function readAll(
  response: ResponseSummary,
  items: readonly Item[],
  now: number,
  isUpdate: boolean,
): Outcome[] {
  const whole = classify(response, items.length, now);
  if (response.kind === "no_response") return forAll(items, whole);
  const { status, text } = response;
  if (status === 403 && text.includes(LIMIT_EXCEEDED)) {
    const error = describeAnswer(status, text);
    return forAll(items, { kind: "retry", status, error, afterMs: LIMIT_MS });
  }
  if (whole.kind !== "delivered") return forAll(items, whole);
  const rows = status === 200 ? readAnswer(rowsSchema, response) : null;
  if (rows === null || rows.length !== items.length) return forAll(items, unclear(response));
  return rows.map((row) => (row.success ? whole : readRow(row, response, isUpdate)));
}

function readRow({ errors }: Row, answer: Answer, isUpdate: boolean): Outcome {
  const [error] = errors;
  if (error === undefined) return unclear(answer);
  const { statusCode, message, fields } = error;
  const places = fields.length > 0 ? ` [${fields.join(", ")}]` : "";
  const words = `${statusCode}: ${message}${places}`;
  const { status } = answer;
  if (PASSING.test(statusCode)) return retryRow(answer, words);
  if (COLLISION.test(message))
    return { kind: "split", status, error: describeAnswer(status, words) };
  const isUnknown = statusCode === "REQUIRED_FIELD_MISSING" && words.includes(REQUIRED);
  return refuseRow(
    answer,
    isUpdate && isUnknown ? `no such Contact, and update_only: ${words}` : words,
  );
}
