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
    attributes: v.strictObject({
      profiles: v.strictObject({ data: v.array(v.unknown()) }),
    }),
  }),
});

/** Why a profile is refused, and what it was. */
interface ImportError {
  readonly detail: string;
  readonly payload: unknown;
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

  override acknowledges(count: number) {
    return count === 1 ? "delivered" : "accepted";
  }

  settings() {
    return { format: "klaviyo", url: this.url, credentials: { api_key: API_KEY } };
  }

  holding(profile: Profile) {
    return { key: emailOf(profile), contact: withoutNulls(valuesOf(profile)) };
  }

  protected serve({ method, path, query, headers, body }: VendorRequest): VendorAnswer {
    if (headers["authorization"] !== `Klaviyo-API-Key ${API_KEY}`) {
      return failure(401, "not_authenticated", "Authentication credentials were not provided.");
    }
    if (!/^\d{4}-\d{2}-\d{2}$/.test(headers["revision"] ?? "")) {
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
    const parsed = v.safeParse(singleSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "invalid", "Invalid input.", "/data");
    const fault = this.#take(parsed.output.data);
    if (fault !== null) return failure(400, "invalid", fault, "/data/attributes");
    return { status: 200, body: { data: { type: "profile", id: `01${this.contacts.size}` } } };
  }

  #importMany(body: string): VendorAnswer {
    const parsed = v.safeParse(bulkSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "invalid", "Invalid input.", "/data");
    const { data } = parsed.output.data.attributes.profiles;
    if (data.length > this.cap) return failure(400, "invalid", "at most 10,000 profiles", "/data");
    const profiles = data.map((item) => v.safeParse(profileSchema, item));
    const broken = profiles.findIndex(({ success }) => !success);
    if (broken !== -1) {
      const pointer = `/data/attributes/profiles/data/${broken}`;
      return failure(400, "invalid", "Invalid profile.", pointer);
    }
    const resources = profiles.flatMap(({ success, output }) => (success ? [output] : []));
    const keys = resources.map((resource) => keyOf(resource));
    if (duplicates(keys).length > 0) return failure(400, "invalid", "a profile twice", "/data");
    const errors = resources.flatMap((resource): ImportError[] => {
      const detail = this.#take(resource);
      return detail === null ? [] : [{ detail, payload: resource }];
    });
    const id = `job-${this.jobs.size + 1}`;
    const total = resources.length;
    this.jobs.set(id, { status: "queued", total, errors, asksLeft: this.runsFor });
    return { status: 202, body: { data: this.#show(id) } };
  }

  #take(resource: ProfileResource): string | null {
    const { attributes, meta } = resource;
    const key = keyOf(resource);
    if (key === "") return "One of email, phone_number, external_id or id is required.";
    if (attributes.email !== undefined && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(attributes.email)) {
      return "Invalid email address";
    }
    if (Buffer.byteLength(JSON.stringify(resource)) > MAX_PROFILE_BYTES) {
      return "the profile is larger than 100 KB";
    }
    const refused = this.refused.get(key);
    if (refused !== undefined) return refused;
    const known = { ...this.contacts.get(key) };
    for (const name of meta?.patch_properties.unset ?? []) delete known[name];
    // A null clears nothing here.
    this.contacts.set(key, { ...known, ...withoutNulls(attributes.properties) });
    return null;
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
    if (rest === "import-errors") return this.#listErrors(job, query);
    if (job.status !== "cancelled") job.status = job.asksLeft > 0 ? "processing" : "complete";
    job.asksLeft -= 1;
    return { status: 200, body: { data: this.#show(id) } };
  }

  #listErrors({ errors }: ImportJob, query: URLSearchParams): VendorAnswer {
    const size = Number(query.get("page[size]") ?? 20);
    if (!(size >= 1 && size <= MAX_PAGE)) return failure(400, "invalid", "page[size] is 1 to 100");
    const first = Number(query.get("page[cursor]") ?? 0);
    const data = errors.slice(first, first + size).map(({ detail, payload }, index) => ({
      type: "import-error",
      id: `error-${first + index}`,
      attributes: {
        code: "invalid",
        title: "Invalid input",
        detail,
        source: { pointer: "/data" },
        original_payload: payload,
      },
    }));
    const next =
      first + size < errors.length ? `${this.url}/?page%5Bcursor%5D=${first + size}` : null;
    return { status: 200, body: { data, links: { self: this.url, next } } };
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

function failure(status: number, code: string, detail: string, pointer = "/data"): VendorAnswer {
  const error = { id: "1", status, code, title: "Invalid input", detail, source: { pointer } };
  return { status, body: { errors: [error] } };
}
