// Where Durable Objects run and keep what they know: anywhere, or in one jurisdiction alone.
import * as v from "valibot";

/** The jurisdictions that Durable Objects, KV and Queues all have. */
export const JURISDICTIONS = ["eu", "us", "fedramp"] as const;
export type Jurisdiction = (typeof JURISDICTIONS)[number];

const NOT_HERE =
  "this runtime has no jurisdictions: for npm run dev put the line JURISDICTION= into .dev.vars";

/** The schema of `JURISDICTION`; `namespace` is one to be restricted, where it is at hand. */
export const jurisdictionSchema = (namespace: unknown) =>
  v.pipe(
    v.picklist(JURISDICTIONS),
    v.check((jurisdiction) => isRestrictable(namespace, jurisdiction), NOT_HERE),
  );

/** The objects of a class in a jurisdiction. In another one the same names are other objects. */
export function restrict(
  namespace: DurableObjectNamespace,
  jurisdiction: Jurisdiction | null,
): DurableObjectNamespace {
  return jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction);
}

/** workerd throws where it knows no jurisdictions; before a deployment there is nothing to ask. */
function isRestrictable(namespace: unknown, jurisdiction: Jurisdiction): boolean {
  if (!isNamespace(namespace)) return true;
  try {
    restrict(namespace, jurisdiction);
    return true;
  } catch {
    return false;
  }
}

function isNamespace(value: unknown): value is DurableObjectNamespace {
  return typeof value === "object" && value !== null && "jurisdiction" in value;
}
