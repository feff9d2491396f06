// Whether a destination's settings, each right by itself, fit together and its format. Pure.
import { PROFILE_TOPIC } from "../topics.ts";
import { checkCredentials } from "./credentials.ts";
import type { CrmFormat } from "./format.ts";
import { formatOf } from "./formats.ts";
import { keyFieldOf, mappingOf } from "./mapping.ts";
import type { Mismatch, Settings } from "./settings.ts";

/** Settings of formats that carry the relay's own events, and of a CRM's own API. */
const EVENT_SETTINGS = ["signing_secret", "deliver"] as const;
const CRM_SETTINGS = ["credentials", "fields", "key", "update_only"] as const;

/** A setting that is about profiles would have no effect, which nobody intends. */
const NO_PROFILES = `is about profiles: topics lacks ${PROFILE_TOPIC}`;

/** What is asked of some settings together, once none of them is `broken` by itself. */
interface Check {
  readonly needs: readonly (keyof Settings)[];
  readonly find: (settings: Settings) => Mismatch[];
}

/**
 * What does not fit. Settings that are `broken` have faults of their own, and nothing is asked of them;
 * `allowInsecure` admits `http:` and loopback URLs.
 */
export function findMismatches(
  settings: Settings,
  broken: ReadonlySet<unknown>,
  allowInsecure: boolean,
): Mismatch[] {
  const checks: readonly Check[] = [
    { needs: ["format", "topics"], find: checkTopics },
    { needs: ["topics", "deliver"], find: checkDeliver },
    { needs: ["topics", "only_on"], find: checkOnlyOn },
    { needs: ["format", "url"], find: checkUrl },
    { needs: ["format", "batch"], find: checkBatch },
    ...[...EVENT_SETTINGS, ...CRM_SETTINGS].map((name): Check => {
      return { needs: ["format", name], find: (given) => checkOwner(given, name) };
    }),
    { needs: ["format", "key", "update_only", "fields"], find: ofCrm(checkMapping) },
    {
      needs: ["format", "url", "headers", "credentials"],
      find: ofCrm((given, crm) => checkCredentials(given, crm, allowInsecure)),
    },
  ];
  return checks.flatMap(({ needs, find }) => {
    return needs.some((name) => broken.has(name)) ? [] : find(settings);
  });
}

function checkTopics({ format, topics }: Settings): Mismatch[] {
  const carried = formatOf(format).topics;
  const message = "names a topic that the format does not carry";
  return topics.every((topic) => carried.includes(topic)) ? [] : [{ path: ["topics"], message }];
}

function checkDeliver({ topics, deliver }: Settings): Mismatch[] {
  const isVain = deliver === "every" && !topics.includes(PROFILE_TOPIC);
  return isVain ? [{ path: ["deliver"], message: NO_PROFILES }] : [];
}

function checkOnlyOn({ topics, only_on: onlyOn = [] }: Settings): Mismatch[] {
  const isVain = onlyOn.length > 0 && !topics.includes(PROFILE_TOPIC);
  return isVain ? [{ path: ["only_on"], message: NO_PROFILES }] : [];
}

function checkUrl({ format, url }: Settings): Mismatch[] {
  const isNeeded = (formatOf(format).crm?.url ?? null) === null;
  return url === undefined && isNeeded ? [{ path: ["url"], message: "is missing" }] : [];
}

function checkBatch({ format, batch = 1 }: Settings): Mismatch[] {
  const { maxBatch } = formatOf(format);
  return batch > maxBatch ? [{ path: ["batch"], message: `must be at most ${maxBatch}` }] : [];
}

/** A setting that only other formats have. */
function checkOwner(
  settings: Settings,
  name: (typeof EVENT_SETTINGS)[number] | (typeof CRM_SETTINGS)[number],
): Mismatch[] {
  const { format } = settings;
  const foreign: readonly string[] = formatOf(format).crm === null ? CRM_SETTINGS : EVENT_SETTINGS;
  const isSet = settings[name] !== undefined && settings[name] !== "latest";
  const message = `is no setting of the format ${format}`;
  return foreign.includes(name) && isSet ? [{ path: [name], message }] : [];
}

/** Asks something of a CRM's own API, and nothing of other formats. */
function ofCrm(find: (settings: Settings, crm: CrmFormat) => Mismatch[]): Check["find"] {
  return (settings) => {
    const { crm } = formatOf(settings.format);
    return crm === null ? [] : find(settings, crm);
  };
}

function checkMapping(settings: Settings, crm: CrmFormat): Mismatch[] {
  const { key, update_only: updateOnly } = settings;
  const mismatches: Mismatch[] = [];
  if (key !== undefined && !crm.keys.includes(key)) {
    mismatches.push({ path: ["key"], message: `must be one of ${crm.keys.join(", ")}` });
  }
  if (updateOnly !== undefined && crm.updateOnly === null) {
    mismatches.push({ path: ["update_only"], message: `is no choice that ${crm.name} gives` });
  }
  const mapping = mappingOf(settings, crm);
  const { required } = crm;
  if (crm.keyIsField && keyFieldOf(mapping, "email") === null) {
    mismatches.push({ path: ["fields"], message: `must map ${mapping.key}, which is the key` });
  }
  if (required === null) return mismatches;
  const isMapped = mapping.fields.some(({ name }) => name.toLowerCase() === required.toLowerCase());
  if (isMapped === mapping.updateOnly) {
    const message = isMapped
      ? `must not map ${required}, with which ${crm.name} creates those whom it does not know`
      : `must map ${required}, without which ${crm.name} creates nobody`;
    mismatches.push({ path: ["fields"], message });
  }
  return mismatches;
}
