// Zoho CRM: contacts, upserted in batches, with a result for each in their order.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import type { Answer, Item, Outcome } from "../adapter.ts";
import { forAll, MAX_ROWS_BYTES, readAnswer, refuseRow, retryRow, unclear } from "../answers.ts";
import { classify } from "../classify.ts";
import { crmOf, endpoint, type Format } from "../format.ts";
import { jsonHeaders } from "../headers.ts";
import { draftProfile, fieldOf, spellWords, valuesOf, withoutField } from "../mapping.ts";

/** Records of a call (Zoho's API v8, Upsert Records). */
const MAX_ITEMS = 100;
/** Not documented; what Zoho takes is more. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Where the API's version 8 begins. */
export const ZOHO_API = "/crm/v8";

/** Zoho limits what runs at a time, and credits of 24 hours, and names no time in a 429. */
const BUSY_MS = 60_000;

/** The field without which no Contact is created. */
const REQUIRED = "Last_Name";

/** Statuses under which each record has a result: Zoho's description and its guide differ about a mixed one. */
const ROW_STATUSES = new Set([200, 201, 202, 207, 400]);

const rowSchema = v.looseObject({
  status: v.nullish(v.string(), ""),
  code: v.nullish(v.string(), ""),
  message: v.nullish(v.string(), ""),
  details: v.nullish(
    v.looseObject({
      api_name: v.nullish(v.string(), ""),
      resource_path_index: v.nullish(v.pipe(v.number(), v.integer())),
    }),
  ),
});
type Row = v.InferOutput<typeof rowSchema>;
const rowsSchema = v.looseObject({ data: v.array(rowSchema) });

/** A row of this kind may go better later. */
const PASSING = new Set(["RECORD_LOCKED", "INTERNAL_ERROR", "TOO_MANY_REQUESTS"]);

/** What the relay, and `npm run crm:setup`, do there. */
const SCOPE = "ZohoCRM.modules.contacts.ALL,ZohoCRM.settings.fields.ALL";

/** The host of Zoho's API in each of its regions. */
const API_HOST = /^www\.zohoapis\.([a-z.]+)$/;

/**
 * Nobody is created unless `update_only = false`, since a Contact needs a last name, which Gameball does
 * not send. Then it is `fields` that must give one. Workflows are not triggered.
 */
export const zoho: Format = {
  topics: [PROFILE_TOPIC],
  defaultBatch: MAX_ITEMS,
  maxBatch: MAX_ITEMS,
  // There is no rate by the second, but as few as 5 calls at a time, and credits by the day.
  rate: { limit: 20, perSeconds: 1 },
  crm: {
    name: "Zoho",
    url: "https://www.zohoapis.com",
    keys: ["email", "customer_id", "gb_customer_id"],
    spell: spellWords,
    keyIsField: true,
    updateOnly: true,
    required: REQUIRED,
    credentials: {
      kind: "oauth",
      settings: ["client_id", "client_secret"],
      optional: ["refresh_token", "scope", "soid"],
      tokenUrl: accountsUrl,
      form: ({ client_id = "", client_secret = "", refresh_token, scope = SCOPE, soid }) => ({
        ...(refresh_token === undefined
          ? { grant_type: "client_credentials", scope, ...(soid === undefined ? {} : { soid }) }
          : { grant_type: "refresh_token", refresh_token }),
        client_id,
        client_secret,
      }),
      scheme: "Zoho-oauthtoken",
    },
  },

  adapter(destination) {
    const { crm, url, headers, batch } = crmOf(destination);
    const keyField = crm.key === "email" ? "Email" : (fieldOf(crm.key, crm) ?? "");
    const checks = JSON.stringify([keyField]);
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
          ...valuesOf(profile, written),
          [keyField]: key,
        })),

      request: (items) => ({
        method: "POST",
        url: endpoint(url, `${ZOHO_API}/Contacts/upsert`),
        headers: { ...jsonHeaders, ...headers },
        body: `{"data":[${items.map(({ json }) => json).join(",")}],"duplicate_check_fields":${checks},"trigger":[]}`,
      }),

      outcomes(response, items, { now }) {
        const whole = classify(response, items.length, now, { busyMs: BUSY_MS });
        if (response.kind === "no_response") return forAll(items, whole);
        const rows = ROW_STATUSES.has(response.status) ? readAnswer(rowsSchema, response) : null;
        if (rows !== null) return readRows(rows.data, response, items, crm.updateOnly);
        return forAll(items, whole.kind === "delivered" ? unclear(response) : whole);
      },
    };
  },
};

/** Each of Zoho's regions has an accounts host of its own; any other host must say where its tokens are. */
function accountsUrl(url: string): string | null {
  const region = URL.canParse(url) ? API_HOST.exec(new URL(url).hostname)?.[1] : undefined;
  return region === undefined ? null : `https://accounts.zoho.${region}/oauth/v2/token`;
}

/** Each item's row: the one that names its place, or the one at its place where there are as many. */
function readRows(
  rows: readonly Row[],
  answer: Answer,
  items: readonly Item[],
  isUpdate: boolean,
): Outcome[] {
  const isOrdered = rows.length === items.length;
  const placed = new Map<number, Row>();
  for (const [index, row] of rows.entries()) {
    const place = row.details?.resource_path_index ?? (isOrdered ? index : null);
    if (place !== null) placed.set(place, row);
  }
  return items.map((_, index) => readRow(placed.get(index), answer, isUpdate));
}

function readRow(row: Row | undefined, answer: Answer, isUpdate: boolean): Outcome {
  if (row?.status === "success") return { kind: "delivered", status: answer.status };
  if (row === undefined || row.status !== "error") return unclear(answer);
  const field = row.details?.api_name ?? "";
  const words = `${row.code}: ${row.message}${field === "" ? "" : ` [${field}]`}`;
  if (PASSING.has(row.code)) return retryRow(answer, words);
  const isUnknown = row.code === "MANDATORY_NOT_FOUND" && words.includes(REQUIRED);
  return refuseRow(
    answer,
    isUpdate && isUnknown ? `no such Contact, and update_only: ${words}` : words,
  );
}
