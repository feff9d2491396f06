// What differs between two profiles of one customer, named by dotted paths such as `points.total`.
import { attribute, FIELDS } from "./paths.ts";
import type { Profile } from "./profile.ts";

/** One changed value. A missing value and `null` are the same: not known. */
export interface Change {
  readonly from: unknown;
  readonly to: unknown;
}

/** Changed values by path, e.g. `{"points.total": {"from": 90, "to": 100}}`. */
export type Changes = Readonly<Record<string, Change>>;

/**
 * The changes that lead from one profile to another. The event's own id, sequence and times are not
 * among them: they differ always and say nothing of the customer.
 */
export function changesBetween(from: Profile, to: Profile): Changes {
  const changes: Record<string, Change> = {};
  const compare = (path: string, before: unknown = null, after: unknown = null): void => {
    if (!equal(before, after)) changes[path] = { from: before, to: after };
  };
  for (const [path, read] of Object.entries(FIELDS)) compare(path, read(from), read(to));
  for (const name of new Set([...Object.keys(from.attributes), ...Object.keys(to.attributes)])) {
    compare(`attributes.${name}`, attribute(from, name), attribute(to, name));
  }
  return changes;
}

/** Whether any change lies at or below one of the paths: `tier` covers `tier.name`. */
export function touches(changes: Changes, paths: readonly string[]): boolean {
  return Object.keys(changes).some((changed) =>
    paths.some((path) => changed === path || changed.startsWith(`${path}.`)),
  );
}

/** Equality of two JSON values; the order of an object's keys does not matter. */
function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  const a = Object.entries(left);
  const b = new Map(Object.entries(right));
  if (a.length !== b.size || Array.isArray(left) !== Array.isArray(right)) return false;
  return a.every(([key, value]) => b.has(key) && equal(value, b.get(key)));
}
