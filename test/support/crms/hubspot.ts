// A fake HubSpot: contacts' batch upsert and properties, as HubSpot's guides and client types have them.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import {
  duplicates,
  emailOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const TOKEN = "hubspot-token-0123456789";
const UPSERT = "/crm/v3/objects/contacts/batch/upsert";
const PROPERTIES = "/crm/v3/properties/contacts";
const CREATE_PROPERTIES = `${PROPERTIES}/batch/create`;

const inputSchema = v.strictObject({
  idProperty: v.optional(v.string()),
  objectWriteTraceId: v.optional(v.string()),
  id: v.pipe(v.string(), v.nonEmpty()),
  properties: v.record(v.string(), v.string()),
});
const upsertSchema = v.strictObject({ inputs: v.array(inputSchema) });
type Input = v.InferOutput<typeof inputSchema>;

const propertySchema = v.looseObject({
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]*$/)),
  label: v.string(),
  groupName: v.string(),
  type: v.picklist(["string", "number", "date", "datetime", "enumeration", "bool"]),
  fieldType: v.picklist(["text", "textarea", "number", "date", "select", "booleancheckbox"]),
  hasUniqueValue: v.optional(v.boolean(), false),
});
const createSchema = v.strictObject({ inputs: v.array(propertySchema) });

interface Property {
  readonly name: string;
  readonly type: string;
  readonly hasUniqueValue: boolean;
}

/** The properties that the relay's default fields need. */
const DEFAULT_PROPERTIES: readonly Property[] = [
  ["gameball_tier_name", "string"],
  ["gameball_tier_order", "number"],
  ["gameball_activated_points", "number"],
  ["gameball_pending_points", "number"],
  ["gameball_total_points", "number"],
  ["gameball_referral_code", "string"],
  ["gameball_referral_link", "string"],
  ["gameball_customer_id", "string"],
].map(([name = "", type = ""]) => ({ name, type, hasUniqueValue: false }));

const EMAIL: Property = { name: "email", type: "string", hasUniqueValue: true };

/** HubSpot. Contacts are held by e-mail address, or by the unique property that finds them. */
export class FakeHubSpot extends FakeVendor {
  readonly cap = 100;
  readonly maxBytes = 4 * 1024 * 1024;
  readonly properties = new Map<string, Property>();

  constructor(properties: readonly Property[] = DEFAULT_PROPERTIES) {
    super();
    for (const property of [EMAIL, ...properties]) this.properties.set(property.name, property);
  }

  settings() {
    return { format: "hubspot", url: this.url, credentials: { token: TOKEN } };
  }

  holding(profile: Profile) {
    const key = emailOf(profile);
    const texts = Object.entries(withoutNulls(valuesOf(profile))).map(([name, value]) => [
      name,
      String(value),
    ]);
    return { key, contact: { email: key, ...Object.fromEntries(texts) } };
  }

  /** HubSpot names the policy, and no time (its usage guidelines). */
  busy(): VendorAnswer {
    const words = "You have reached your ten_secondly_rolling limit.";
    const body = { status: "error", message: words, errorType: "RATE_LIMIT" };
    return { status: 429, body: { ...body, policyName: "TEN_SECONDLY_ROLLING" } };
  }

  protected serve(request: VendorRequest): VendorAnswer {
    const { method, path, headers, body } = request;
    if (headers["authorization"] !== `Bearer ${TOKEN}`) {
      return failure(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.");
    }
    if (method === "GET" && path === PROPERTIES) {
      return { status: 200, body: { results: [...this.properties.values()] } };
    }
    if (method !== "POST") return failure(405, "METHOD_NOT_ALLOWED", "Method not allowed");
    if (!(headers["content-type"] ?? "").startsWith("application/json")) {
      return failure(415, "UNSUPPORTED", "Unsupported Media Type");
    }
    if (path === UPSERT) return this.#upsert(body);
    if (path === CREATE_PROPERTIES) return this.#create(body);
    return failure(404, "OBJECT_NOT_FOUND", `No such path ${path}`);
  }

  #upsert(body: string): VendorAnswer {
    const parsed = v.safeParse(upsertSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "VALIDATION_ERROR", "Invalid input JSON");
    const { inputs } = parsed.output;
    if (inputs.length > this.cap) return failure(400, "VALIDATION_ERROR", "The limit is 100");
    const ids = inputs.map(({ id }) => id.toLowerCase());
    const traces = inputs.flatMap(({ objectWriteTraceId }) => objectWriteTraceId ?? []);
    if (duplicates(ids).length > 0) {
      return failure(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input");
    }
    const faults = new Map<Input, string>();
    for (const input of inputs) {
      const fault = this.#fault(input);
      if (fault !== null) faults.set(input, fault);
    }
    const hasTraces = traces.length === inputs.length && duplicates(traces).length === 0;
    const [first] = faults.values();
    if (first !== undefined && !hasTraces) return failure(400, "VALIDATION_ERROR", first);
    const results = inputs.filter((input) => !faults.has(input)).map((input) => this.#write(input));
    const answer = { status: "COMPLETE", startedAt: TIME, completedAt: TIME };
    // HubSpot's results come in an order of its own.
    if (faults.size === 0)
      return { status: 200, body: { ...answer, results: results.toReversed() } };
    const errors = [...faults].map(([{ objectWriteTraceId = "" }, message]) => ({
      status: "error",
      category: "VALIDATION_ERROR",
      message,
      context: { objectWriteTraceId: [objectWriteTraceId] },
    }));
    const rows = { results: results.toReversed(), numErrors: errors.length, errors };
    return { status: 207, body: { ...answer, ...rows } };
  }

  /** What is wrong with a contact; `null` when nothing is. */
  #fault({ id, idProperty = "", properties }: Input): string | null {
    const refused = this.refused.get(id);
    if (refused !== undefined) return refused;
    if (this.properties.get(idProperty)?.hasUniqueValue !== true) {
      return `Property ${idProperty} is not a unique identifier`;
    }
    if (idProperty === "email" && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(id)) {
      return `Property values were not valid: [{"message":"Email address ${id} is invalid"}]`;
    }
    for (const [name, value] of Object.entries(properties)) {
      const property = this.properties.get(name);
      if (property === undefined) return `[{"name":"${name}","error":"PROPERTY_DOESNT_EXIST"}]`;
      if (property.type === "number" && Number.isNaN(Number(value))) {
        return `[{"name":"${name}","error":"INVALID_INTEGER"}]`;
      }
    }
    return null;
  }

  #write({ id, properties, objectWriteTraceId, idProperty = "" }: Input) {
    const key = idProperty === "email" ? id.toLowerCase() : id;
    const known = this.contacts.get(key);
    const given = { [idProperty]: key, ...properties };
    const contact = Object.fromEntries(
      Object.entries({ ...known, ...given }).filter(([, value]) => value !== ""),
    );
    this.contacts.set(key, contact);
    const isNew = known === undefined;
    const times = { createdAt: TIME, updatedAt: TIME };
    return {
      id: String(this.contacts.size),
      objectWriteTraceId,
      properties: given,
      new: isNew,
      ...times,
    };
  }

  #create(body: string): VendorAnswer {
    const parsed = v.safeParse(createSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "VALIDATION_ERROR", "Invalid input JSON");
    const { inputs } = parsed.output;
    const existing = inputs.find(({ name }) => this.properties.has(name));
    if (existing !== undefined) {
      return failure(
        409,
        "OBJECT_ALREADY_EXISTS",
        `A property named '${existing.name}' already exists.`,
      );
    }
    for (const { name, type, hasUniqueValue } of inputs) {
      this.properties.set(name, { name, type, hasUniqueValue });
    }
    return { status: 201, body: { status: "COMPLETE", results: inputs } };
  }
}

const TIME = "2026-01-01T00:00:00.000Z";

function failure(status: number, category: string, message: string): VendorAnswer {
  return { status, body: { status: "error", category, message, correlationId: "c0ffee" } };
}
