// Breaks every target in every way, and reports who was noticed.
import { readFileSync } from "node:fs";
import { EQUIVALENT, findEquivalent } from "./equivalent.ts";
import { type Mutant, mutantsOf } from "./mutate.ts";
import type { Options } from "./options.ts";
import { type Target, TARGETS } from "./targets.ts";
import { Court } from "./trial.ts";

/** Of the mutants that are not equivalent at least so many are to be noticed. */
export const LEAST_SCORE = 0.9;
/** A mutant may take so many times what the tests take with nothing broken; then its loop never ends. */
const PATIENCE = 10;
/** Other work may slow the machine down, which is no reason to call a mutant noticed. */
const MIN_PATIENCE_MS = 60_000;

type Print = (line: string) => void;

/** Runs the survey; whether enough mutants were noticed. */
export async function surveyMutants(
  root: string,
  options: Options,
  print: Print,
): Promise<boolean> {
  const targets = TARGETS.filter(({ file }) => isMeant(file, options));
  if (targets.length === 0)
    throw new Error(`No file of ledger or gate is like ${options.files.join(" or ")}.`);
  const all = targets.flatMap(({ file }) =>
    mutantsOf(file, readFileSync(`${root}/${file}`, "utf8")),
  );
  refuseObsolete(all, options);
  const real = all.filter((mutant) => findEquivalent(mutant) === undefined);
  const tried = draw(real, options);
  print(
    `${all.length} mutants, ${all.length - real.length} of them equivalent; ${tried.length} are tried, seed ${options.seed}`,
  );
  const court = new Court(options);
  let killed = 0;
  let endless = 0;
  for (const target of targets) {
    const mutants = tried.filter(({ file }) => file === target.file);
    if (mutants.length === 0) continue;
    const { survivors, timedOut } = await tryAll(court, target, mutants, options);
    endless += timedOut;
    killed += mutants.length - survivors.length;
    print(`${target.file}: ${mutants.length - survivors.length} of ${mutants.length}`);
    for (const { line, change, code } of survivors)
      print(`  survived, line ${line}: ${change}\n    in ${code}`);
  }
  court.adjourn();
  const score = killed / tried.length;
  print(
    `score: ${killed} of ${tried.length} noticed, ${(score * 100).toFixed(1)} %; ${endless} of them never ended`,
  );
  return score >= LEAST_SCORE;
}

/** Mutants by what became of them. */
interface Tally {
  readonly survivors: readonly Mutant[];
  readonly timedOut: number;
}

/** Tries all mutants of one file. */
async function tryAll(
  court: Court,
  { file, quick, thorough }: Target,
  mutants: readonly Mutant[],
  { properties }: Options,
): Promise<Tally> {
  let left = mutants;
  let timedOut = 0;
  for (const tests of properties
    ? [thorough.filter((path) => path.includes(".property."))]
    : [quick, thorough]) {
    const given = { file, tests: [...tests] };
    const startedAt = performance.now();
    if (left.length > 0 && (await court.try({ ...given, edit: null }, 600_000)) !== "survived")
      throw new Error(`The tests of ${file} fail although nothing is broken.`);
    const timeoutMs = Math.max(MIN_PATIENCE_MS, PATIENCE * (performance.now() - startedAt));
    const survivors: Mutant[] = [];
    for (const mutant of left) {
      const verdict = await court.try({ ...given, edit: mutant.edit }, Math.ceil(timeoutMs));
      if (verdict === "survived") survivors.push(mutant);
      if (verdict === "timed out") timedOut += 1;
    }
    left = survivors;
  }
  return { survivors: left, timedOut };
}

function isMeant(path: string, { files }: Options): boolean {
  return files.length === 0 || files.some((part) => path.includes(part));
}

/** What is listed as equivalent and is not there any more is not listed for ever. */
function refuseObsolete(all: readonly Mutant[], options: Options): void {
  const found = new Set(all.map(findEquivalent));
  const obsolete = EQUIVALENT.find((entry) => isMeant(entry.file, options) && !found.has(entry));
  if (obsolete === undefined) return;
  const { file, code, change } = obsolete;
  throw new Error(`equivalent.ts lists a mutant that there is not: ${file}: ${code}: ${change}`);
}

/** A sample, the same for the same seed. */
function draw(mutants: readonly Mutant[], { sample, seed }: Options): readonly Mutant[] {
  if (sample === null) return mutants;
  let state = seed;
  const lots = mutants.map((mutant) => {
    // A linear congruential generator (Numerical Recipes): it has only to spread.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return { mutant, lot: state };
  });
  return lots
    .toSorted((left, right) => left.lot - right.lot)
    .slice(0, sample)
    .map(({ mutant }) => mutant);
}
