// What can be said of a configuration before it is deployed, when its secrets are not at hand.
import { parseConfiguration } from "../config.ts";
import type { Fault } from "../faults.ts";

const REQUIRED_SECRETS = ["GAMEBALL_SECRET_KEY", "API_TOKEN"];
const BINDINGS = ["PROFILES", "DELIVERIES", "LEDGER", "GATES"];
const TEMPLATE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * The faults of the variables in wrangler.toml, and the secrets that they need. A value that is made
 * of secrets can be judged only where these are `known`; otherwise only that it names them.
 */
export function checkBeforeDeployment(
  vars: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, string>> = {},
): {
  readonly faults: readonly Fault[];
  readonly secrets: readonly string[];
} {
  const secrets = [...new Set([...REQUIRED_SECRETS, ...secretsNamedIn(vars)])];
  const assumed = Object.fromEntries(secrets.map((name) => [name, "set"]));
  const bindings = Object.fromEntries(BINDINGS.map((name) => [name, {}]));
  const parsed = parseConfiguration({ ...assumed, ...bindings, ...known, ...vars });
  if (parsed.ok) return { faults: [], secrets };
  const isAssumed = (name: string): boolean => !Object.hasOwn(known, name);
  const faults = parsed.faults.filter(({ pointer }) => {
    // The list itself may be text that holds templates, and is judged nevertheless.
    const value = pointer === "/DESTINATIONS" ? null : valueAt(vars, pointer);
    return typeof value !== "string" || !secretsNamedIn(value).some(isAssumed);
  });
  return { faults, secrets };
}

/** The secrets that a setting names, wherever in it: `${NAME}`. */
export function secretsNamedIn(setting: unknown): string[] {
  const text = JSON.stringify(setting ?? null);
  return [...text.matchAll(TEMPLATE)].map(([, name]) => name ?? "");
}

/** The value that a JSON Pointer leads to; `DESTINATIONS` may be JSON text itself. */
function valueAt(vars: Readonly<Record<string, unknown>>, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((value, key) => {
      const inner = typeof value === "string" ? parseOrNull(value) : value;
      return typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
    }, vars);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
