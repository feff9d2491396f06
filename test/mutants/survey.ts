// Breaks every target in every way, and reports who was noticed.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { EQUIVALENT, findEquivalent } from "./equivalent.ts";
import { type Mutant, mutantsOf } from "./mutate.ts";
import type { Options } from "./options.ts";
import { type Target, TARGETS } from "./targets.ts";
import { mapAtATime, tryCase, type Verdict } from "./trial.ts";

/** Of the mutants that are not equivalent at least so many are to be noticed. */
export const LEAST_SCORE = 0.9;
/** The tests' time with nothing broken, unless a loop never ends; other work may slow the machine down. */
const PATIENCE = 5;
const MIN_PATIENCE_MS = 10_000;

type Print = (line: string) => void;

/** Mutants by what became of them. */
interface Tally {
  readonly killed: number;
  readonly survivors: readonly Mutant[];
}

/** Runs the survey; whether enough mutants were noticed. */
export async function surveyMutants(
  root: string,
  options: Options,
  print: Print,
): Promise<boolean> {
  const targets = TARGETS.filter(
    ({ file }) => options.file === null || file.includes(options.file),
  );
  if (targets.length === 0)
    throw new Error(`No file of the ledger or gate is like ${options.file}.`);
  const all = targets.flatMap(({ file }) =>
    mutantsOf(file, readFileSync(`${root}/${file}`, "utf8")),
  );
  if (options.file === null) refuseObsolete(all);
  const tried = draw(
    all.filter((mutant) => findEquivalent(mutant) === undefined),
    options,
  );
  print(`${all.length} mutants, of which ${tried.length} are tried; seed ${options.seed}`);
  const tallies: Tally[] = [];
  for (const target of targets) {
    const mutants = tried.filter(({ file }) => file === target.file);
    if (mutants.length === 0) continue;
    const tally = await tryAll(root, target, mutants, options);
    tallies.push(tally);
    const { killed, survivors } = tally;
    print(`${target.file}: ${mutants.length} mutants, ${killed} killed`);
    for (const { line, change, code } of survivors)
      print(`  survived, line ${line}: ${change}\n    in ${code}`);
  }
  const killed = tallies.reduce((sum, tally) => sum + tally.killed, 0);
  const score = killed / tried.length;
  print(
    `score: ${killed} of ${tried.length}, ${(score * 100).toFixed(1)} %; ${EQUIVALENT.length} are listed as equivalent`,
  );
  return score >= LEAST_SCORE;
}

async function tryAll(
  root: string,
  { file, tests }: Target,
  mutants: readonly Mutant[],
  { seed, schedules }: Options,
): Promise<Tally> {
  const given = { root, file, tests: [...tests], seed };
  const startedAt = performance.now();
  const sound = await tryCase({ ...given, edit: null }, { schedules, timeoutMs: 600_000 });
  if (sound !== "survived")
    throw new Error(`The tests of ${file} fail although nothing is broken.`);
  const tookMs = performance.now() - startedAt;
  const timeoutMs = Math.max(MIN_PATIENCE_MS, Math.ceil(PATIENCE * tookMs));
  const verdicts: readonly Verdict[] = await mapAtATime(
    mutants,
    availableParallelism(),
    ({ edit }) => tryCase({ ...given, edit }, { schedules, timeoutMs }),
  );
  const survivors = mutants.filter((_, index) => verdicts[index] === "survived");
  return { killed: mutants.length - survivors.length, survivors };
}

/** What is listed as equivalent and is not there any more is not listed for ever. */
function refuseObsolete(all: readonly Mutant[]): void {
  const found = new Set(all.map(findEquivalent));
  const obsolete = EQUIVALENT.find((entry) => !found.has(entry));
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
