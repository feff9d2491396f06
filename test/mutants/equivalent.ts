// Mutants that no test can notice, since they do the same as the original, each with the reason.
import type { Mutant } from "./mutate.ts";

/** One of them, or several on a line that are broken alike. */
export interface Equivalent extends Pick<Mutant, "file" | "code" | "change"> {
  readonly reason: string;
}

/** All that are known. */
export const EQUIVALENT: readonly Equivalent[] = [];

/** Why a mutant is the same as the original; `undefined` where it is not known to be. */
export function findEquivalent(mutant: Mutant): Equivalent | undefined {
  return EQUIVALENT.find(
    ({ file, code, change }) =>
      file === mutant.file && code === mutant.code && change === mutant.change,
  );
}
