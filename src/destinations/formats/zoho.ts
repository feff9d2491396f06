// Zoho CRM: contacts, upserted by a unique field, with a result for each in their order.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer, Outcome, ResponseSummary } from "../adapter.ts";
import {
  forAll,
  MAX_ROWS_BYTES,
  missesFields,
  readAnswer,
  refuseRow,
  retryRow,
  unclear,
} from "../answers.ts";
import { classify, describeAnswer } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { capitalize, draftProfile, keyFieldOf, valuesOf } from "../mapping.ts";
import { grantForm } from "../oauth.ts";

/** Where the version of the API begins whose shapes are those below. */
export const ZOHO_API = "/crm/v8";

/** API v8, "Upsert records". */
const MAX_ITEMS = 100;
/** Not documented; what Zoho takes is more. */
const MAX_BYTES = 3 * 1024 * 1024;

/** A 429 names no time: too many calls at once pass in seconds, used up credits in hours ("API limits"). */
const BUSY_MS = 60_000;

/** Zoho's data centers, by the endings of their domains ("Multi DC support"). */
const API_HOST = /(^|\.)zohoapis\.(?<ending>com|eu|in|com\.au|com\.cn|jp|ca|sa|uk|ae)$/;
/** What writing contacts takes, and creating the fields that they lack. */
const SCOPE = "ZohoCRM.modules.contacts.ALL,ZohoCRM.settings.fields.ALL";

/** Statuses whose answers may tell of each record: 200 and 400 by the specification, the others by the guide. */
const ROW_STATUSES: ReadonlySet<number> = new Set([200, 201, 202, 207, 400]);

const text = v.nullish(v.string(), "");
/** A record's result, or what Zoho says of the call as a whole. */
const resultSchema = v.looseObject({
  code: v.string(),
  status: v.string(),
  message: text,
  details: v.nullish(v.looseObject({ id: text, api_name: text, json_path: text }), {}),
});
type Result = v.InferOutput<typeof resultSchema>;

/** The results of the records; `null` for one that is not understood. */
const answerSchema = v.looseObject({
  data: v.array(v.fallback(v.nullable(resultSchema), null)),
});

/** Results that may be better later. */
const PASSING = /LOCKED|INTERNAL_ERROR|TOO_MANY_REQUESTS|UNAVAILABLE|TIMEOUT|TIMED_OUT/;
/** What is wrong with the destination, whatever the status. */
const HOLDING =
  /^(OAUTH_SCOPE_MISMATCH|NO_PERMISSION|INVALID_MODULE|INVALID_URL_PATTERN|INVALID_TOKEN|AUTHENTICATION_FAILURE)$/;

/** Without it nobody is created, and Gameball does not know it. */
const REQUIRED = "Last_Name";

/**
 * Contacts are looked for by one field alone: by their addresses as well, two customers who share one would
 * be the same contact. `trigger: []` keeps workflows from running. Zoho drops fields that it lacks without a
 * word, unless contacts are found by them. (`details.resource_path_index` is a place in the url, not among
 * the records.)
 */
export const zoho: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // No rate is documented, but credits for 24 hours, one for every ten contacts of a call ("API limits").
  rate: { limit: 60, perSeconds: 60 },
  crm: {
    name: "Zoho CRM",
    url: "https://www.zohoapis.com",
    keys: ["email", "customer_id", "gb_customer_id"],
    spell: capitalize,
    keyIsField: true,
    updateOnly: true,
    required: REQUIRED,
    credentials: {
      kind: "oauth",
      settings: ["client_id", "client_secret"],
      optional: ["refresh_token", "soid", "scope"],
      tokenUrl: tokenUrlOf,
      form: formOf,
      scheme: "Zoho-oauthtoken",
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch, id } = crmOf(destination);
    const keyField = keyFieldOf(crm, "Email") ?? "";
    const rest = JSON.stringify({ duplicate_check_fields: [keyField], trigger: [] });
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: MAX_BYTES,
      maxResponseBytes: MAX_ROWS_BYTES,
      jobs: null,

      draft: (delivery) =>
        draftProfile(delivery, crm, (profile, key) => ({
          ...valuesOf(profile, crm),
          [keyField]: key,
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, `${ZOHO_API}/Contacts/upsert`),
        headers: { ...jsonHeaders, ...headers },
        body: `{"data":[${items.map(({ json }) => json).join(",")}],${rest.slice(1)}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classifyCall(response, items.length, now, id);
        const results = resultsOf(response);
        // An answer to all, or one in which nobody is sure to find himself.
        if (response.kind === "no_response" || !isInOrder(results, items.length)) {
          return forAll(items, whole);
        }
        return results.map((result) => readRow(result, response, crm.updateOnly));
      },
    };
  },
};

/** Where a data center gives tokens; `null` for hosts that are none of Zoho's. */
function tokenUrlOf(url: string): string | null {
  const ending = API_HOST.exec(new URL(url).hostname)?.groups?.["ending"];
  if (ending === undefined) return null;
  return `https://accounts.${ending === "ca" ? "zohocloud" : "zoho"}.${ending}/oauth/v2/token`;
}

/** A client without a refresh token says what it wants, and in which organisation (`soid`). */
function formOf(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const form = grantForm(settings);
  const { refresh_token: refresh, scope = SCOPE, soid } = settings;
  if (refresh !== undefined) return form;
  return { ...form, scope, ...(soid === undefined ? {} : { soid }) };
}

/** What is said of the call as a whole; of one that is answered well nothing is known without its rows. */
function classifyCall(response: ResponseSummary, count: number, now: number, id: string): Outcome {
  const outcome = classify(response, count, now, { busyMs: BUSY_MS });
  if (response.kind === "no_response") return outcome;
  const refusal = readAnswer(resultSchema, response);
  const isWell = outcome.kind === "delivered";
  if (refusal === null || refusal.status !== "error") {
    return isWell ? unclear(response) : outcome;
  }
  const { status } = response;
  const error = describeAnswer(status, response.text);
  const { code, details } = refusal;
  const refused: Outcome = { kind: count > 1 ? "split" : "rejected", status, error };
  if (`${details.api_name}${details.json_path}`.includes("duplicate_check_fields")) {
    return missesFields(refused, id);
  }
  if (!isWell && status !== 400) return outcome;
  if (HOLDING.test(code)) return { kind: "held", status, reason: error };
  return PASSING.test(code) ? { kind: "retry", status, error, afterMs: null } : refused;
}

/** The results of the records, where an answer tells of them. */
function resultsOf(response: ResponseSummary): readonly (Result | null)[] {
  if (response.kind === "no_response" || !ROW_STATUSES.has(response.status)) return [];
  return readAnswer(answerSchema, response)?.data ?? [];
}

/** Whether there is a result for each record, and none that says to be in another place. */
function isInOrder(results: readonly (Result | null)[], count: number): boolean {
  return (
    results.length === count &&
    results.every((result, index) => {
      const place = /^\$\.data\[(\d+)\]/.exec(result?.details.json_path ?? "")?.[1];
      return place === undefined || Number(place) === index;
    })
  );
}

function readRow(result: Result | null, answer: Answer, updateOnly: boolean): Outcome {
  if (result === null) return unclear(answer);
  const { code, status, message, details } = result;
  if (status === "success" && code === "SUCCESS" && details.id !== "") {
    return { kind: "delivered", status: answer.status };
  }
  if (status !== "error") return unclear(answer);
  const name = details.api_name === "" ? "" : ` [${details.api_name}]`;
  const words = `${code}: ${message}${name}`;
  if (PASSING.test(code)) return retryRow(answer, words);
  const isUnknown = updateOnly && code === "MANDATORY_NOT_FOUND" && details.api_name === REQUIRED;
  return refuseRow(answer, isUnknown ? `Zoho CRM knows no such contact: ${words}` : words);
}
