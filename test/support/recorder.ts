// Writes down what the relay tells, in its log and in its metrics, and sees to it that neither names anybody.
import { env } from "cloudflare:workers";
import * as v from "valibot";
import { beforeEach, vi } from "vitest";
import type { LogEvent } from "../../src/log.ts";
import { API_READ_TOKEN, API_TOKEN, SECRET_KEY, SIGNING_SECRET } from "./bindings.ts";
import { update } from "./relay-client.ts";

/** A customer whose id is an e-mail address, and whose profile has more that is personal. */
export const JANE = "jane.doe@example.com";
export const EMAIL = "private@example.org";
const PHONE = "+49-170-5550199";
const PERSONAL = { email: EMAIL, mobile_number: PHONE, referral_code: "jane-invites" };

/** What may stand nowhere. */
const HIDDEN = [
  JANE,
  encodeURIComponent(JANE),
  EMAIL,
  PHONE,
  "5550199",
  "jane",
  "private",
  SECRET_KEY,
  API_TOKEN,
  API_READ_TOKEN,
  SIGNING_SECRET,
  "one-token",
];

/** Jane's update number `step`. */
export const jane = (step: number) => update(JANE, step, PERSONAL);

/** Every event that a line may have: one that is missing here, or too many, does not compile. */
const EVENTS = {
  "webhook.received": true,
  "webhook.rejected": true,
  "profile.stored": true,
  "delivery.attempted": true,
  "delivery.dead_lettered": true,
  "destination.state_changed": true,
  "job.asked": true,
  "dashboard.signed_in": true,
  "dashboard.acted": true,
  "alert.sent": true,
  "alert.failed": true,
  "configuration.invalid": true,
  "request.failed": true,
  "ledger.alarm_failed": true,
  "ledger.unreadable_state": true,
  "consumer.failed": true,
  "watch.failed": true,
  "metrics.failed": true,
} satisfies Record<LogEvent, true>;

const lineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ event: v.picklist(Object.keys(EVENTS) as LogEvent[]) }),
);
type Line = v.InferOutput<typeof lineSchema>;

/** A point, as it was written. */
interface Point {
  readonly indexes: readonly unknown[];
  readonly blobs: readonly unknown[];
  readonly doubles: readonly number[];
}

/** What the relay told in one test. */
export class Recorder {
  #written: unknown[] = [];
  #points: Point[] = [];

  /** Begins with nothing. All of the console's streams are read. */
  open(): void {
    this.#written = [];
    this.#points = [];
    for (const stream of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, stream).mockImplementation((line: unknown) => {
        this.#written.push(line);
      });
    }
    vi.spyOn(env.METRICS, "writeDataPoint").mockImplementation((point) => {
      this.#points.push(point as Point);
    });
  }

  /** The lines of an event. All lines must be known and name nobody. */
  lines(event: LogEvent): Line[] {
    const text = JSON.stringify([this.#written, this.#points]);
    const shown = HIDDEN.filter((hidden) => text.includes(hidden));
    if (shown.length > 0) throw new Error(`${shown.join(", ")} is in ${text}`);
    const all = this.#written.map((line) => v.parse(lineSchema, line));
    return all.filter((line) => line.event === event);
  }

  /** The points of a kind, in the order of their indexes. */
  points(kind: "webhook" | "attempt"): Point[] {
    const points = this.#points.filter(({ blobs }) => blobs[0] === kind);
    return points.toSorted((a, b) => (String(a.indexes[0]) < String(b.indexes[0]) ? -1 : 0));
  }
}

/** Gives every test of a file an empty record. */
export function withRecorder(): Recorder {
  const recorder = new Recorder();
  beforeEach(() => {
    recorder.open();
  });
  return recorder;
}
