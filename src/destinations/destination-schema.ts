// One destination as it is configured: settings that are checked, each and together, made ready for use.
import * as v from "valibot";
import { isKnownPath } from "../profile/paths.ts";
import { accessOf, baseOf, secretCredentials } from "./credentials.ts";
import type { CrmMapping, Destination } from "./destination.ts";
import { formatOf } from "./formats.ts";
import { credentialsIn } from "./headers.ts";
import { mappingOf } from "./mapping.ts";
import { findMismatches } from "./mismatches.ts";
import { HOUR_MS, type Settings, settingsSchema } from "./settings.ts";
import { type SecretOf, textsOf } from "./template.ts";

/**
 * The schema of one destination. `secretOf` finds the Worker secrets that `${NAME}` names;
 * `allowInsecure` admits `http:` and loopback URLs.
 */
export function destinationSchema(secretOf: SecretOf, allowInsecure: boolean) {
  return v.pipe(
    settingsSchema(secretOf, allowInsecure),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!isTable(dataset.value)) return;
      // What is right by itself is asked to fit, whatever else is wrong: all faults are told at once.
      const broken = new Set(dataset.issues?.map(({ path }) => path?.[0]?.key));
      for (const { path, message } of findMismatches(dataset.value, broken, allowInsecure)) {
        addIssue({ message, path: pathTo(path) });
      }
    }),
    v.transform(build),
  );
}

function isTable(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A destination of settings that fit together. */
function build(settings: Settings): Destination {
  const { signing_secret: signing, rate } = settings;
  const { crm, ...format } = formatOf(settings.format);
  const mapping = crm === null ? null : mappingOf(settings, crm);
  const access = crm === null ? { headers: {}, oauth: null } : accessOf(settings, crm);
  const headers = { ...textsOf(settings.headers), ...access.headers };
  return {
    id: settings.id,
    url: baseOf(settings, crm),
    headers,
    signingSecret: signing?.text ?? null,
    format: settings.format,
    topics: settings.topics,
    deliver: settings.deliver ?? "latest",
    batch: settings.batch ?? format.defaultBatch,
    onlyOn: settings.only_on ?? (mapping === null ? [] : pathsOf(mapping)),
    timeoutMs: settings.timeout_ms,
    minIntervalMs: settings.min_interval_ms,
    rate: rate === undefined ? format.rate : { limit: rate.limit, perSeconds: rate.per_seconds },
    giveUpAfterMs: settings.give_up_after_hours * HOUR_MS,
    crm: mapping,
    oauth: access.oauth,
    secrets: secretsOf(settings, headers),
  };
}

/** What a CRM is told of: nothing else that changes is worth a call. */
function pathsOf({ key, fields }: CrmMapping): string[] {
  const paths = new Set([key, ...fields.map(({ path }) => path)]);
  return [...paths].filter(isKnownPath);
}

/** Values that must never be shown, wherever they stand. */
function secretsOf(settings: Settings, headers: Readonly<Record<string, string>>): string[] {
  const { url, signing_secret: signing, credentials = {} } = settings;
  const filled = [
    ...(url === undefined ? [] : [url]),
    ...Object.values(settings.headers),
    ...(signing === undefined ? [] : [signing]),
    ...Object.values(credentials),
  ];
  const secrets = new Set(filled.flatMap((text) => text.secrets));
  for (const credential of credentialsIn({ ...headers, ...secretCredentials(credentials) })) {
    secrets.add(credential);
  }
  if (signing !== undefined) secrets.add(signing.text);
  return [...secrets];
}

function pathTo(keys: readonly string[]): [v.IssuePathItem, ...v.IssuePathItem[]] {
  const items = keys.map((key): v.IssuePathItem => ({
    type: "unknown",
    origin: "value",
    input: {},
    key,
    value: null,
  }));
  return items as [v.IssuePathItem, ...v.IssuePathItem[]];
}
