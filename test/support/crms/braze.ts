// A fake Braze: /users/track, as Braze's guide has it, with the errors that its answers were seen to hold.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import {
  duplicates,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const API_KEY = "braze-key-0123456789";
const MAX_REQUEST_BYTES = 4_000_000;

const attributesSchema = v.looseObject({
  external_id: v.optional(v.string()),
  email: v.optional(v.string()),
  _update_existing_only: v.optional(v.boolean(), false),
});
const trackSchema = v.strictObject({ attributes: v.array(v.unknown()) });

/** Braze. Users are held by external id, or by e-mail address. */
export class FakeBraze extends FakeVendor {
  readonly cap = 75;
  readonly maxBytes = MAX_REQUEST_BYTES;
  /** Attributes that were sent: each costs, changed or not. */
  dataPoints = 0;

  override acknowledges() {
    return "accepted" as const;
  }

  settings() {
    return { format: "braze", url: this.url, credentials: { api_key: API_KEY } };
  }

  holding(profile: Profile) {
    return { key: profile.customer_id, contact: withoutNulls(valuesOf(profile)) };
  }

  /** Braze says when its next three seconds begin (its guide to rate limits). */
  busy(now: number): VendorAnswer {
    const reset = String(Math.ceil(now / 1000) + 2);
    const headers = { "x-ratelimit-limit": "3000", "x-ratelimit-remaining": "0" };
    const body = { message: "You have reached your rate limit." };
    return { status: 429, body, headers: { ...headers, "x-ratelimit-reset": reset } };
  }

  protected serve({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers["authorization"] !== `Bearer ${API_KEY}`) {
      return { status: 401, body: { message: "Invalid API Key" } };
    }
    if (method !== "POST" || path !== "/users/track") {
      return { status: 404, body: { message: "Not found" } };
    }
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) {
      return { status: 413, body: { message: "Payload too large" } };
    }
    const parsed = v.safeParse(trackSchema, jsonOf(body));
    if (!parsed.success) return { status: 400, body: { message: "Invalid JSON" } };
    const { attributes } = parsed.output;
    if (attributes.length > this.cap) {
      return { status: 400, body: { message: "A maximum of 75 attributes is allowed" } };
    }
    if (attributes.length > 1 && headers["x-braze-bulk"] !== "true") {
      return { status: 400, body: { message: "bulk traffic without X-Braze-Bulk" } };
    }
    const keys = attributes.flatMap((item) => {
      const one = v.safeParse(attributesSchema, item);
      return one.success ? (one.output.external_id ?? one.output.email ?? []) : [];
    });
    if (duplicates(keys).length > 0) {
      // Braze would take both, in an order of its own: for the relay that is a fault.
      return { status: 400, body: { message: "a user twice in one request" } };
    }
    const errors = attributes.flatMap((item, index) => {
      const type = this.#take(item);
      return type === null ? [] : [{ type, input_array: "attributes", index }];
    });
    const processed = attributes.length - errors.length;
    if (processed === 0) {
      const message =
        "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
      return { status: 400, body: { message, errors } };
    }
    const answer = { message: "success", attributes_processed: processed };
    return { status: 201, body: errors.length === 0 ? answer : { ...answer, errors } };
  }

  #take(item: unknown): string | null {
    const parsed = v.safeParse(attributesSchema, item);
    if (!parsed.success) return "'attributes' object is not valid";
    const { external_id: id, email, _update_existing_only: isUpdate, ...rest } = parsed.output;
    const key = id ?? email?.toLowerCase() ?? "";
    if (key === "") return "'external_id', 'braze_id', 'user_alias' or 'email' is required";
    const refused = this.refused.get(key);
    if (refused !== undefined) return refused;
    this.dataPoints += Object.keys(rest).length;
    const known = this.contacts.get(key);
    if (known === undefined && isUpdate) return null;
    this.contacts.set(key, withoutNulls({ ...known, ...rest }));
    return null;
  }
}
