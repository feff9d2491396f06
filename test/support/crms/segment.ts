// A fake Segment: the HTTP API's batch, as its reference has it. It answers 200 to whatever it can read.
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

const WRITE_KEY = "segment-write-key-0123456789";
const MAX_REQUEST_BYTES = 500_000;
const MAX_EVENT_BYTES = 32_768;
const MAX_EVENTS = 2_500;

const eventSchema = v.looseObject({
  type: v.literal("identify"),
  userId: v.pipe(v.string(), v.nonEmpty()),
  messageId: v.pipe(v.string(), v.nonEmpty(), v.maxLength(99)),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
  traits: v.record(v.string(), v.unknown()),
});
const batchSchema = v.looseObject({ batch: v.array(v.unknown()) });

/** Segment. People are held by their user id. */
export class FakeSegment extends FakeVendor {
  readonly cap = MAX_EVENTS;
  readonly maxBytes = MAX_REQUEST_BYTES;
  override readonly reportsRows = "never";
  /** Events that it dropped without a word. */
  readonly dropped: unknown[] = [];
  readonly #seen = new Set<string>();

  override acknowledges() {
    return "accepted" as const;
  }

  settings() {
    return { format: "segment", url: this.url, credentials: { write_key: WRITE_KEY } };
  }

  /** It says nothing else, whatever it was sent. */
  override looksWell(status: number, text: string): boolean {
    const schema = v.looseObject({ success: v.optional(v.literal(true)) });
    const body = jsonOf(text);
    return status === 200 && !Array.isArray(body) && v.is(schema, body);
  }

  holding(profile: Profile) {
    return { key: profile.customer_id, contact: withoutNulls(valuesOf(profile)) };
  }

  busy(now: number): VendorAnswer {
    const reset = String(Math.ceil(now / 1000) + 2);
    const headers = { "retry-after": "2", "x-ratelimit-reset": reset };
    return { status: 429, body: { success: false }, headers };
  }

  protected serve({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (method !== "POST" || path !== "/v1/batch") return { status: 404, body: "not found" };
    const parsed = v.safeParse(batchSchema, jsonOf(body));
    if (Buffer.byteLength(body) > MAX_REQUEST_BYTES || !parsed.success) {
      return { status: 400, body: { success: false, message: "malformed JSON" } };
    }
    // Whoever has a wrong key is answered 200 as well: Segment looks at it later.
    const isKnown = headers["authorization"] === basicAuthOf(WRITE_KEY, "");
    for (const [index, event] of parsed.output.batch.entries()) {
      if (!isKnown || index >= MAX_EVENTS || !this.#take(event)) this.dropped.push(event);
    }
    return { status: 200, body: { success: true } };
  }

  #take(event: unknown): boolean {
    const parsed = v.safeParse(eventSchema, event);
    if (!parsed.success) return false;
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) return false;
    const { userId, messageId, traits } = parsed.output;
    if (this.#seen.has(messageId)) return true; // a duplicate is no loss
    this.#seen.add(messageId);
    this.contacts.set(userId, withoutNulls({ ...this.contacts.get(userId), ...traits }));
    return true;
  }
}
