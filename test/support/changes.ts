// What a CRM would do with an event's `changes`: apply them to what it had. Written apart from the
// relay's own code, so that the two check each other.
import type { Changes } from "../../src/profile/changes.ts";
import type { Profile } from "../../src/profile/profile.ts";

type Content = Readonly<Record<string, unknown>>;

/** A profile without what belongs to its event, by dotted path; what is not known is left out. */
export function contentOf(profile: Profile): Content {
  const { event_id: _id, sequence: _n, occurred_at: _at, received_at: _in, ...content } = profile;
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(content)) {
    if (name === "customer_id" || value === null) continue;
    if (typeof value !== "object") flat[name] = value;
    else for (const [key, inner] of Object.entries(value)) flat[`${name}.${key}`] = inner;
  }
  return withoutNulls(flat);
}

/** What a CRM holds after it applied some changes. */
export function applyChanges(had: Content | null, changes: Changes): Content {
  const next = {
    ...had,
    ...Object.fromEntries(Object.entries(changes).map(([k, v]) => [k, v.to])),
  };
  return withoutNulls(next);
}

function withoutNulls(content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
}
