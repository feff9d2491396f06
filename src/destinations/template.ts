// Texts of a destination's settings that name Worker secrets: `Bearer ${ACME_TOKEN}`.
import * as v from "valibot";

/** A text in which every `${NAME}` was replaced by the secret of that name. */
export interface Filled {
  readonly text: string;
  readonly secrets: readonly string[];
}

/** Finds the Worker secret of a name. */
export type SecretOf = (name: string) => string | undefined;

/** The schema of a text with secrets in it; each that is not set is a fault of its own. */
export const template = (secretOf: SecretOf) =>
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

/** The texts of a table, without what is known of their secrets. */
export function textsOf(filled: Readonly<Record<string, Filled>>): Record<string, string> {
  return Object.fromEntries(Object.entries(filled).map(([name, { text }]) => [name, text]));
}

/**
 * A secret's name as it may be shown. What stands in the braces may be a secret pasted by mistake, so
 * only what is spelled like a name is repeated.
 */
function secretName(name: string): string {
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : "named in ${…}";
}
