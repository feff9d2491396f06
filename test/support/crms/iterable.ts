// A fake Iterable: users' bulk update, as Iterable's own description of its API has it.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import {
  type Contact,
  emailOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const API_KEY = "iterable-key-0123456789";
const MAX_REQUEST_BYTES = 4_000_000;

const userSchema = v.strictObject({
  email: v.optional(v.string()),
  userId: v.optional(v.string()),
  preferUserId: v.optional(v.boolean()),
  mergeNestedObjects: v.optional(v.boolean()),
  dataFields: v.record(v.string(), v.unknown()),
});
const bulkSchema = v.strictObject({
  users: v.array(userSchema),
  createNewFields: v.optional(v.boolean(), false),
});
type User = v.InferOutput<typeof userSchema>;

/** Iterable. Users are held by e-mail address, or by user id. */
export class FakeIterable extends FakeVendor {
  readonly cap = 1_001;
  readonly maxBytes = MAX_REQUEST_BYTES;
  /** Types of fields, which the first value of each sets for ever. */
  readonly fields = new Map<string, string>();

  settings() {
    return { format: "iterable", url: this.url, credentials: { api_key: API_KEY } };
  }

  holding(profile: Profile) {
    return { key: emailOf(profile), contact: withoutNulls(valuesOf(profile)) };
  }

  /** It says why by the list that somebody is in, not in words. */
  override get words(): string {
    return "invalidDataEmails";
  }

  /** Iterable names no time. */
  busy(): VendorAnswer {
    return { status: 429, body: { code: "RateLimitExceeded", msg: "Too many requests" } };
  }

  protected serve({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers["api-key"] !== API_KEY) {
      return { status: 401, body: { code: "BadApiKey", msg: "Invalid API key" } };
    }
    if (method === "GET" && path === "/api/users/getFields") {
      return { status: 200, body: { fields: Object.fromEntries(this.fields) } };
    }
    if (method !== "POST" || path !== "/api/users/bulkUpdate") {
      return { status: 404, body: { code: "NotFound", msg: "no such path" } };
    }
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) {
      return { status: 413, body: { code: "BatchTooLarge", msg: "at most 4 MB" } };
    }
    const parsed = v.safeParse(bulkSchema, jsonOf(body));
    if (!parsed.success || parsed.output.users.length > this.cap) {
      return { status: 400, body: { code: "BadJsonBody", msg: "Invalid parameters" } };
    }
    const { users, createNewFields } = parsed.output;
    const failedUpdates: Record<string, string[]> = {};
    for (const user of users) {
      // A malformed address is listed itself, though the user be known by another identity.
      const malformed = malformedAddress(user.dataFields["email"]);
      const list = malformed === null ? this.#take(user, createNewFields) : "invalidEmails";
      const identity = malformed ?? user.email ?? user.userId ?? "";
      if (list !== null) (failedUpdates[list] ??= []).push(identity);
    }
    const failCount = Object.values(failedUpdates).flat().length;
    const successCount = users.length - failCount;
    return { status: 200, body: { successCount, failCount, failedUpdates, createdFields: [] } };
  }

  /** The list of failures that a user belongs into; `null` when it was updated. */
  #take({ email, userId, dataFields }: User, createNewFields: boolean): string | null {
    const kind = email === undefined ? "UserIds" : "Emails";
    const key = email?.toLowerCase() ?? userId ?? "";
    if (email !== undefined && userId !== undefined) return `conflict${kind}`;
    if (key === "" || (email !== undefined && !email.includes("@"))) return `invalid${kind}`;
    if (this.refused.has(key)) return `invalidData${kind}`;
    const known: Contact = { ...this.contacts.get(key) };
    for (const [name, value] of Object.entries(dataFields)) {
      if (value === null) {
        delete known[name];
        continue;
      }
      const type = this.fields.get(name) ?? (createNewFields ? typeof value : null);
      if (type === null) continue; // filtered out
      this.fields.set(name, type);
      if (type !== typeof value) return `invalidData${kind}`;
      known[name] = value;
    }
    this.contacts.set(key, known);
    return null;
  }
}

function malformedAddress(value: unknown): string | null {
  return typeof value === "string" && !value.includes("@") ? value : null;
}
