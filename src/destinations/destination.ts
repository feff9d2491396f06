// One CRM as configured: its settings with their limits and defaults, and the secrets named in them.
import * as v from "valibot";
import { isKnownPath } from "../profile/changes.ts";
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

/** One table of `DESTINATIONS`, before its secrets are put in. */
const settingsSchema = v.strictObject({
  id: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9-]{1,64}$/, "must be 1 to 64 of the characters a-z, 0-9 and -"),
  ),
  url: v.string(),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  signing_secret: v.optional(v.string()),
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
export function destinationSchema(
  secretOf: (name: string) => string | undefined,
  allowInsecure: boolean,
) {
  return v.pipe(
    settingsSchema,
    v.rawTransform(({ dataset, addIssue, NEVER }): Destination => {
      const settings = dataset.value;
      const secrets = new Set<string>();
      let isFaulty = false;
      const fault = (key: string, message: string): void => {
        isFaulty = true;
        const path = { type: "object", origin: "value", input: {}, key, value: null } as const;
        addIssue({ message, path: [path] });
      };
      const fill = (key: string, template: string): string =>
        template.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
          const secret = secretOf(name);
          if (secret === undefined)
            fault(key, `needs the secret ${secretName(name)}, which is not set`);
          else secrets.add(secret);
          return secret ?? "";
        });

      const url = fill("url", settings.url);
      const urlFault = isFaulty ? null : checkDestinationUrl(url, allowInsecure);
      if (urlFault !== null) fault("url", urlFault);

      const headers = Object.fromEntries(
        Object.entries(settings.headers).map(([name, value]) => [name, fill("headers", value)]),
      );
      for (const [name, value] of Object.entries(headers)) {
        if (!HEADER_NAME.test(name)) fault("headers", "holds a name that is not a header's");
        else if (RESERVED_HEADERS.test(name))
          fault("headers", `must not set ${name}: the relay does`);
        else if (!HEADER_VALUE.test(value))
          fault("headers", `holds a value for ${name} that no header may have`);
      }

      const signingSecret =
        settings.signing_secret === undefined
          ? null
          : fill("signing_secret", settings.signing_secret);
      if (signingSecret !== null) {
        secrets.add(signingSecret);
        if (signingSecret !== "" && !isSigningSecret(signingSecret)) {
          fault("signing_secret", "must be whsec_ and base64 (Standard Webhooks)");
        }
      }
      if (isFaulty) return NEVER;
      return {
        id: settings.id,
        url,
        headers,
        signingSecret,
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

/** A secret's name as it may be shown: what stands in the braces may be a secret pasted by mistake. */
function secretName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? name : "named in ${…}";
}

/** Whether a text is a Standard Webhooks symmetric secret: `whsec_` and the base64 of some bytes. */
function isSigningSecret(text: string): boolean {
  return /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/.test(
    text,
  );
}
