// A fake Customer.io: the Track API's batch (v2), as its specification has it.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import {
  basicAuthOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const SITE_ID = "customerio-site-0123456789";
const API_KEY = "customerio-key-0123456789";
const MAX_REQUEST_BYTES = 500_000;
const MAX_ITEM_BYTES = 32_768;
const MAX_NAME_BYTES = 150;
const MAX_ATTRIBUTES = 300;

const itemSchema = v.strictObject({
  type: v.literal("person"),
  action: v.literal("identify"),
  identifiers: v.strictObject({
    id: v.optional(v.pipe(v.string(), v.nonEmpty())),
    email: v.optional(v.pipe(v.string(), v.includes("@"))),
  }),
  timestamp: v.pipe(v.number(), v.integer(), v.minValue(1_000_000_000), v.maxValue(9_999_999_999)),
  attributes: v.record(v.string(), v.unknown()),
});
const batchSchema = v.strictObject({ batch: v.array(v.unknown()) });
type Person = v.InferOutput<typeof itemSchema>;

/** Customer.io. People are held by id, or by e-mail address. */
export class FakeCustomerIo extends FakeVendor {
  readonly cap = 1_250;
  readonly maxBytes = MAX_REQUEST_BYTES - 1;
  /** When each attribute of a person was set, in seconds of Unix time. */
  readonly #setAt = new Map<string, number>();

  settings() {
    const credentials = { site_id: SITE_ID, api_key: API_KEY };
    return { format: "customerio", url: this.url, credentials };
  }

  /** A 200 says that all were taken; its body is an object that says nothing, or there is none. */
  override looksWell(status: number, text: string): boolean {
    if (status !== 200) return false;
    const schema = v.looseObject({ errors: v.optional(v.pipe(v.array(v.unknown()), v.length(0))) });
    const body = jsonOf(text);
    return text.trim() === "" || (!Array.isArray(body) && v.is(schema, body));
  }

  holding(profile: Profile) {
    return { key: profile.customer_id, contact: withoutNulls(valuesOf(profile)) };
  }

  busy(): VendorAnswer {
    return {
      status: 429,
      body: { meta: { error: "rate limited" } },
      headers: { "retry-after": "2" },
    };
  }

  protected serve({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers["authorization"] !== basicAuthOf(SITE_ID, API_KEY)) {
      return { status: 401, body: { meta: { error: "Unauthorized request" } } };
    }
    if (method === "GET" && path === "/api/v1/accounts/region") {
      return { status: 200, body: { region: "us", environment_id: 1 } };
    }
    if (method !== "POST" || path !== "/api/v2/batch") return { status: 404, body: "not found" };
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) return { status: 413, body: "too large" };
    const parsed = v.safeParse(batchSchema, jsonOf(body));
    if (!parsed.success) return { status: 400, body: { errors: [{ reason: "malformed" }] } };
    const errors = parsed.output.batch.flatMap((item, index) => {
      const fault = this.#take(item);
      return fault === null ? [] : [{ batch_index: index, ...fault }];
    });
    return errors.length === 0 ? { status: 200, body: {} } : { status: 207, body: { errors } };
  }

  #take(item: unknown): { reason: string; field: string; message: string } | null {
    const parsed = v.safeParse(itemSchema, item);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      return { reason: "invalid", field: v.getDotPath(issue) ?? "", message: "is not valid" };
    }
    if (Buffer.byteLength(JSON.stringify(item)) > MAX_ITEM_BYTES) {
      return { reason: "invalid", field: "", message: "the item is larger than 32 KB" };
    }
    const { identifiers, attributes } = parsed.output;
    const [key, ...more] = Object.values(identifiers);
    if (key === undefined || more.length > 0) {
      return { reason: "required", field: "identifiers", message: "exactly one is needed" };
    }
    const refused = this.refused.get(key);
    if (refused !== undefined) return { reason: "invalid", field: "attributes", message: refused };
    const names = Object.keys(attributes);
    if (names.length > MAX_ATTRIBUTES) {
      return { reason: "invalid", field: "attributes", message: "too many attributes" };
    }
    if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
      return { reason: "invalid", field: "attributes", message: "a name is too long" };
    }
    this.#write(key, parsed.output);
    return null;
  }

  /** An attribute's newest timestamp wins, whatever the order of the requests. */
  #write(key: string, { attributes, timestamp }: Person): void {
    const { _update: isUpdate, ...values } = attributes;
    const known = this.contacts.get(key);
    if (known === undefined && isUpdate === true) return;
    const contact = { ...known };
    for (const [name, value] of Object.entries(values)) {
      const place = `${key} ${name}`;
      if ((this.#setAt.get(place) ?? 0) > timestamp) continue;
      this.#setAt.set(place, timestamp);
      if (value === null || value === "") delete contact[name];
      else contact[name] = value;
    }
    this.contacts.set(key, contact);
  }
}
