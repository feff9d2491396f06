// A fake Klaviyo: single and bulk imports of profiles, and the jobs that the latter become, as Klaviyo's own
// descriptions of its API have them.
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

const API_KEY = "klaviyo-key-0123456789";
const MEDIA_TYPE = "application/vnd.api+json";
const SINGLE = "/api/profile-import";
const JOBS = "/api/profile-bulk-import-jobs";
const MAX_REQUEST_BYTES = 5_000_000;
const MAX_PROFILE_BYTES = 100_000;
const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

const profileSchema = v.strictObject({
  type: v.literal("profile"),
  attributes: v.strictObject({
    email: v.optional(v.string()),
    external_id: v.optional(v.pipe(v.string(), v.nonEmpty())),
    properties: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
  meta: v.optional(
    v.strictObject({ patch_properties: v.strictObject({ unset: v.array(v.string()) }) }),
  ),
});
type ProfileResource = v.InferOutput<typeof profileSchema>;

const singleSchema = v.strictObject({ data: profileSchema });
const bulkSchema = v.strictObject({
  data: v.strictObject({
    type: v.literal("profile-bulk-import-job"),
    attributes: v.strictObject({ profiles: v.strictObject({ data: v.array(v.unknown()) }) }),
  }),
});

/** Why a profile is refused, and which. */
interface ImportError {
  readonly detail: string;
  readonly payload: ProfileResource;
}

interface ImportJob {
  status: "queued" | "processing" | "complete" | "cancelled";
  readonly total: number;
  readonly errors: readonly ImportError[];
  /** How often it is still running when it is asked for. */
  asksLeft: number;
}

/** Klaviyo. Profiles are held by e-mail address, or by external id. */
export class FakeKlaviyo extends FakeVendor {
  readonly cap = 10_000;
  readonly maxBytes = MAX_REQUEST_BYTES;
  override readonly reportsRows = "later";
  readonly jobs = new Map<string, ImportJob>();
  /** How often a new job is running when it is asked for. */
  runsFor = 0;
  /** Whether a job is refused as a whole for the sake of a profile; Klaviyo does not say when that is so. */
  isStrict = false;

  override acknowledges(count: number) {
    return count === 1 ? "delivered" : "accepted";
  }

  settings() {
    return { format: "klaviyo", url: this.url, credentials: { api_key: API_KEY } };
  }

  holding(profile: Profile) {
    return { key: emailOf(profile), contact: withoutNulls(valuesOf(profile)) };
  }

  busy(): VendorAnswer {
    const answer = failure(
      429,
      "throttled",
      "Request was throttled. Expected available in 2 seconds.",
    );
    return { ...answer, headers: { "retry-after": "2" } };
  }

  protected serve({ method, path, query, headers, body }: VendorRequest): VendorAnswer {
    if (headers["authorization"] !== `Klaviyo-API-Key ${API_KEY}`) {
      return failure(401, "not_authenticated", "Authentication credentials were not provided.");
    }
    if (!/^\d{4}-\d{2}-\d{2}(\.\w+)?$/.test(headers["revision"] ?? "")) {
      return failure(400, "missing_revision", "a revision header is required");
    }
    if (method === "GET") return this.#get(path, query);
    if (method !== "POST") return failure(405, "method_not_allowed", "not allowed");
    if (headers["content-type"] !== MEDIA_TYPE) {
      return failure(415, "unsupported_media_type", `the media type must be ${MEDIA_TYPE}`);
    }
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) {
      return failure(413, "payload_too_large", "at most 5 MB");
    }
    if (path === SINGLE) return this.#importOne(body);
    return path === JOBS ? this.#importMany(body) : failure(404, "not_found", path);
  }

  #importOne(body: string): VendorAnswer {
    if (Buffer.byteLength(body) > MAX_PROFILE_BYTES) {
      return failure(413, "payload_too_large", "at most 100 KB");
    }
    const parsed = v.safeParse(singleSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "invalid", "Invalid input.", "/data");
    const { data } = parsed.output;
    const fault = this.#fault(data);
    if (fault !== null) return failure(400, "invalid", fault, "/data/attributes");
    const status = this.contacts.has(keyOf(data)) ? 200 : 201;
    this.#write(data);
    return { status, body: { data: { type: "profile", id: `01${this.contacts.size}` } } };
  }

  #importMany(body: string): VendorAnswer {
    const parsed = v.safeParse(bulkSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "invalid", "Invalid input.", "/data");
    const { data } = parsed.output.data.attributes.profiles;
    if (data.length > this.cap) return failure(400, "invalid", "at most 10,000 profiles", "/data");
    const resources: ProfileResource[] = [];
    for (const [index, item] of data.entries()) {
      const one = v.safeParse(profileSchema, item);
      if (!one.success) return refusal([error("Invalid profile.", pointerTo(index))]);
      resources.push(one.output);
    }
    if (duplicates(resources.map(keyOf)).length > 0) {
      return failure(400, "invalid", "a profile twice", "/data");
    }
    const faults = resources.map((resource) => this.#fault(resource));
    const blames = faults.flatMap((fault, index) =>
      fault === null ? [] : [error(fault, pointerTo(index))],
    );
    if (this.isStrict && blames.length > 0) return refusal(blames);
    const errors: ImportError[] = [];
    for (const [index, payload] of resources.entries()) {
      const detail = faults[index] ?? null;
      if (detail === null) this.#write(payload);
      else errors.push({ detail, payload });
    }
    const id = `job-${this.jobs.size + 1}`;
    const total = resources.length;
    this.jobs.set(id, { status: "queued", total, errors, asksLeft: this.runsFor });
    return { status: 202, body: { data: this.#show(id) } };
  }

  /** What is wrong with a profile; `null` when nothing is. */
  #fault(resource: ProfileResource): string | null {
    const { email } = resource.attributes;
    const key = keyOf(resource);
    if (key === "") return "One of email, phone_number, external_id or id is required.";
    if (email !== undefined && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
      return "Invalid email address";
    }
    if (Buffer.byteLength(JSON.stringify(resource)) > MAX_PROFILE_BYTES) {
      return "the profile is larger than 100 KB";
    }
    return this.refused.get(key) ?? null;
  }

  #write(resource: ProfileResource): void {
    const { attributes, meta } = resource;
    const key = keyOf(resource);
    const known = { ...this.contacts.get(key) };
    for (const name of meta?.patch_properties.unset ?? []) delete known[name];
    // A null clears nothing here.
    this.contacts.set(key, { ...known, ...withoutNulls(attributes.properties) });
  }

  #get(path: string, query: URLSearchParams): VendorAnswer {
    if (path === JOBS) {
      return { status: 200, body: { data: [...this.jobs.keys()].map((id) => this.#show(id)) } };
    }
    const [id = "", rest] = path.startsWith(`${JOBS}/`)
      ? path.slice(JOBS.length + 1).split("/")
      : [];
    const job = this.jobs.get(decodeURIComponent(id));
    if (job === undefined) return failure(404, "not_found", `no job ${id}`);
    if (rest === "import-errors") return this.#listErrors(id, job, query);
    if (job.status !== "cancelled") job.status = job.asksLeft > 0 ? "processing" : "complete";
    job.asksLeft -= 1;
    return { status: 200, body: { data: this.#show(id) } };
  }

  #listErrors(id: string, { errors }: ImportJob, query: URLSearchParams): VendorAnswer {
    const size = Number(query.get("page[size]") ?? DEFAULT_PAGE);
    if (!(size >= 1 && size <= MAX_PAGE)) return failure(400, "invalid", "page[size] is 1 to 100");
    const first = Number(query.get("page[cursor]") ?? 0);
    const data = errors.slice(first, first + size).map(({ detail, payload }, index) => ({
      type: "import-error",
      id: `error-${first + index}`,
      attributes: { ...error(detail, "/data"), original_payload: payload },
    }));
    // Klaviyo's own address: whoever is somewhere else must not follow it.
    const self = `https://a.klaviyo.com${JOBS}/${id}/import-errors`;
    const next = `${self}?page%5Bcursor%5D=${first + size}`;
    const links = first + size < errors.length ? { self, next } : { self, next: null };
    return { status: 200, body: { data, links } };
  }

  #show(id: string) {
    const { status, total, errors } = this.jobs.get(id) ?? {};
    const failed = status === "complete" ? (errors?.length ?? 0) : 0;
    const counts = { total_count: total, completed_count: total, failed_count: failed };
    const attributes = { status, created_at: "2026-01-01T00:00:00+00:00", ...counts };
    return { type: "profile-bulk-import-job", id, attributes };
  }
}

function keyOf({ attributes }: ProfileResource): string {
  return attributes.email?.toLowerCase() ?? attributes.external_id ?? "";
}

/** A profile of a job, as errors point to it. */
function pointerTo(index: number): string {
  return `/data/attributes/profiles/data/${index}/attributes`;
}

function error(detail: string, pointer: string) {
  return { code: "invalid", title: "Invalid input", detail, source: { pointer } };
}

function refusal(errors: readonly object[]): VendorAnswer {
  return { status: 400, body: { errors: errors.map((one) => ({ id: "1", status: 400, ...one })) } };
}

function failure(status: number, code: string, detail: string, pointer = "/data"): VendorAnswer {
  const one = { id: "1", status, code, title: "Invalid input", detail, source: { pointer } };
  return { status, body: { errors: [one] } };
}
