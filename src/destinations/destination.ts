// One CRM as configured: its settings with their limits and defaults, and the secrets named in them.
import * as v from "valibot";
import { isKnownPath } from "../profile/changes.ts";
import { isSigningSecret, SIGNING_SECRET_RULE } from "./standard-webhooks.ts";
import { checkDestinationUrl } from "./url-safety.ts";

const HOUR_MS = 60 * 60 * 1000;

/** Longest timeout: half a lease, so that an attempt always ends before its lease does. */
const MAX_TIMEOUT_MS = 30_000;
const MAX_BATCH = 1_000;
const MAX_RATE_LIMIT = 100_000;
const MAX_GIVE_UP_HOURS = 30 * 24;
const MAX_MIN_INTERVAL_MS = 24 * HOUR_MS;

const formats = ["webhook"] as const;

/** Headers that the relay itself sets, or that the platform does. */
const RESERVED_HEADERS =
  /^(content-type|content-length|host|connection|transfer-encoding|user-agent|webhook-.*)$/i;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const within = (minimum: number, maximum: number) =>
  v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.maxValue(maximum, `must be at most ${maximum}`),
  );
const above0 = v.pipe(v.number(), v.finite(), v.gtValue(0, "must be more than 0"));

/** A text in which every `${NAME}` was replaced by the secret of that name. */
interface Filled {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Finds the Worker secret of a name. */
type SecretOf = (name: string) => string | undefined;

const template = (secretOf: SecretOf) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }): Filled => {
      const secrets: string[] = [];
      let isComplete = true;
      const text = dataset.value.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
        const secret = secretOf(name);
        if (secret === undefined) {
          isComplete = false;
          addIssue({ message: `needs the secret ${secretName(name)}, which is not set` });
        } else secrets.push(secret);
        return secret ?? "";
      });
      return isComplete ? { text, secrets } : NEVER;
    }),
  );

const urlSchema = (secretOf: SecretOf, allowInsecure: boolean) =>
  v.pipe(
    template(secretOf),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? checkDestinationUrl(dataset.value.text, allowInsecure) : null;
      if (fault !== null) addIssue({ message: fault });
    }),
  );

const headersSchema = (secretOf: SecretOf) =>
  v.pipe(
    v.custom<object>((value) => !Array.isArray(value), "must be a table"),
    v.record(
      v.string(),
      v.pipe(
        template(secretOf),
        v.check(({ text }) => HEADER_VALUE.test(text), "is no value that a header may have"),
      ),
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      for (const name of dataset.typed ? Object.keys(dataset.value) : []) {
        if (!HEADER_NAME.test(name)) addIssue({ message: "holds a name that is not a header's" });
        else if (RESERVED_HEADERS.test(name)) {
          addIssue({ message: `must not set ${name}: the relay does` });
        }
      }
    }),
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
  readonly format: (typeof formats)[number];
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
    v.transform(({ url, headers, signing_secret: signing, ...settings }): Destination => {
      const filled = [url, ...Object.values(headers), ...(signing === undefined ? [] : [signing])];
      const secrets = new Set(filled.flatMap((text) => text.secrets));
      if (signing !== undefined) secrets.add(signing.text);
      return {
        id: settings.id,
        url: url.text,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, { text }]) => [name, text]),
        ),
        signingSecret: signing?.text ?? null,
        format: settings.format,
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

/**
 * A secret's name as it may be shown. What stands in the braces may be a secret pasted by mistake, so
 * only what is spelled like a name is repeated.
 */
function secretName(name: string): string {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : "named in ${…}";
}
