// One CRM as configured: its settings with their limits and defaults, whose secrets are in place.
import * as v from "valibot";
import { isKnownPath } from "../profile/changes.ts";
import { PROFILE_TOPIC, type Topic, TOPICS } from "../topics.ts";
import { credentialsIn, headersSchema } from "./headers.ts";
import { isSigningSecret, SIGNING_SECRET_RULE } from "./standard-webhooks.ts";
import { type SecretOf, template } from "./template.ts";
import { checkDestinationUrl } from "./url-safety.ts";

const HOUR_MS = 60 * 60 * 1000;

/** Longest timeout: half a lease, so that an attempt always ends before its lease does. */
const MAX_TIMEOUT_MS = 30_000;
const MAX_BATCH = 1_000;
const MAX_RATE_LIMIT = 100_000;
const MAX_GIVE_UP_HOURS = 30 * 24;
const MAX_MIN_INTERVAL_MS = 24 * HOUR_MS;

const formats = ["webhook"] as const;
type Format = (typeof formats)[number];

/** The topics that each format can carry: a CRM's own API may have no place for some. */
export const CARRIED: Readonly<Record<Format, readonly Topic[]>> = { webhook: TOPICS };

const within = (minimum: number, maximum: number) =>
  v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.maxValue(maximum, `must be at most ${maximum}`),
  );
const above0 = v.pipe(v.number(), v.finite(), v.gtValue(0, "must be more than 0"));

const urlSchema = (secretOf: SecretOf, allowInsecure: boolean) =>
  v.pipe(
    template(secretOf),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? checkDestinationUrl(dataset.value.text, allowInsecure) : null;
      if (fault !== null) addIssue({ message: fault });
    }),
  );

/** A setting that is about profiles would have no effect, which nobody intends. */
const NO_PROFILES = `is about profiles: topics lacks ${PROFILE_TOPIC}`;

const topicsSchema = v.pipe(
  v.array(v.picklist(TOPICS)),
  v.nonEmpty("must name a topic at least"),
  v.check((topics) => new Set(topics).size === topics.length, "must name each topic once"),
);

/** One table of `DESTINATIONS`. Every setting is checked by itself, so that all faults are found at once. */
const settingsSchema = (secretOf: SecretOf, allowInsecure: boolean) =>
  v.strictObject({
    id: v.pipe(
      v.string(),
      v.regex(/^[a-z0-9-]{1,64}$/, "must be 1 to 64 of the characters a-z, 0-9 and -"),
      v.notValues(["constructor", "prototype"], "must be another word: JavaScript keeps this one"),
    ),
    url: urlSchema(secretOf, allowInsecure),
    headers: v.optional(headersSchema(secretOf), {}),
    signing_secret: v.optional(
      v.pipe(
        template(secretOf),
        v.check(({ text }) => isSigningSecret(text), SIGNING_SECRET_RULE),
      ),
    ),
    format: v.optional(v.picklist(formats), "webhook"),
    topics: v.optional(topicsSchema, [PROFILE_TOPIC]),
    deliver: v.optional(v.picklist(["latest", "every"]), "latest"),
    batch: v.optional(within(1, MAX_BATCH), 1),
    only_on: v.optional(
      v.array(v.pipe(v.string(), v.check(isKnownPath, "is not a field of the profile"))),
      [],
    ),
    timeout_ms: v.optional(within(1, MAX_TIMEOUT_MS), 10_000),
    min_interval_ms: v.optional(within(0, MAX_MIN_INTERVAL_MS), 1_000),
    rate: v.optional(
      v.strictObject({
        limit: within(1, MAX_RATE_LIMIT),
        per_seconds: above0,
      }),
      { limit: 100, per_seconds: 1 },
    ),
    give_up_after_hours: v.optional(
      v.pipe(above0, v.maxValue(MAX_GIVE_UP_HOURS, `must be at most ${MAX_GIVE_UP_HOURS}`)),
      72,
    ),
  });

/** A destination, ready for use: durations in milliseconds, secrets in their places. */
export interface Destination {
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Standard Webhooks, `whsec_…`. */
  readonly signingSecret: string | null;
  readonly format: Format;
  readonly topics: readonly Topic[];
  /** Of a customer's profiles: the latest alone, or every one in its order. */
  readonly deliver: "latest" | "every";
  /** Events in one request; above 1 the body is an array. */
  readonly batch: number;
  readonly onlyOn: readonly string[];
  readonly timeoutMs: number;
  readonly minIntervalMs: number;
  readonly rate: Rate;
  readonly giveUpAfterMs: number;
  /** Values that must never be shown, should the CRM repeat them in an answer. */
  readonly secrets: readonly string[];
}

/** At most `limit` requests in any `perSeconds`. */
export interface Rate {
  readonly limit: number;
  readonly perSeconds: number;
}

/**
 * The schema of one destination. `secretOf` finds the Worker secrets that `${NAME}` names;
 * `allowInsecure` admits `http:` and loopback URLs.
 */
export function destinationSchema(secretOf: SecretOf, allowInsecure: boolean) {
  return v.pipe(
    settingsSchema(secretOf, allowInsecure),
    v.forward(
      v.partialCheck(
        [["format"], ["topics"]],
        ({ format, topics }) => topics.every((topic) => CARRIED[format].includes(topic)),
        "names a topic that the format does not carry",
      ),
      ["topics"],
    ),
    v.forward(
      v.partialCheck(
        [["topics"], ["deliver"]],
        ({ topics, deliver }) => deliver === "latest" || topics.includes(PROFILE_TOPIC),
        NO_PROFILES,
      ),
      ["deliver"],
    ),
    v.forward(
      v.partialCheck(
        [["topics"], ["only_on"]],
        ({ topics, only_on: onlyOn }) => onlyOn.length === 0 || topics.includes(PROFILE_TOPIC),
        NO_PROFILES,
      ),
      ["only_on"],
    ),
    v.transform(({ url, headers, signing_secret: signing, ...settings }): Destination => {
      const filled = [url, ...Object.values(headers), ...(signing === undefined ? [] : [signing])];
      const texts = Object.fromEntries(
        Object.entries(headers).map(([name, { text }]) => [name, text]),
      );
      const secrets = new Set(filled.flatMap((text) => text.secrets));
      for (const credential of credentialsIn(texts)) secrets.add(credential);
      if (signing !== undefined) secrets.add(signing.text);
      return {
        id: settings.id,
        url: url.text,
        headers: texts,
        signingSecret: signing?.text ?? null,
        format: settings.format,
        topics: settings.topics,
        deliver: settings.deliver,
        batch: settings.batch,
        onlyOn: settings.only_on,
        timeoutMs: settings.timeout_ms,
        minIntervalMs: settings.min_interval_ms,
        rate: { limit: settings.rate.limit, perSeconds: settings.rate.per_seconds },
        giveUpAfterMs: settings.give_up_after_hours * HOUR_MS,
        secrets: [...secrets],
      };
    }),
  );
}
