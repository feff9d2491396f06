// Rounds: all contenders one after the other, again and again, so that what else the machine does meets
// all of them. What is compared is what two reached in the same round.
import type { Contender } from "./contenders/contender.ts";
import type { Measurement, Numbers } from "./results.ts";
import { quantile } from "./table.ts";

const MEDIAN = 0.5;

/** Numbers by load. */
export type Round = Readonly<Record<string, Numbers>>;

/** A middle, and how far the rounds were from it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Measures each contender in each round; who comes first changes with the round. */
export async function interleave(
  benchmark: string,
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender, round: number) => Promise<Round>,
): Promise<Measurement[]> {
  const all = contenders.map((contender) => ({ contender, rounds: [] as Round[] }));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % all.length;
    for (const one of [...all.slice(first), ...all.slice(0, first)]) {
      one.rounds.push(await measure(one.contender, round));
    }
  }
  const loads = Object.keys(all[0]?.rounds[0] ?? {});
  return loads.flatMap((load) =>
    all.map((one): Measurement => {
      const numbers = one.rounds.map((round) => round[load] ?? {});
      const names = Object.keys(numbers[0] ?? {});
      const byName = names.map((name) => [name, numbers.map((each) => finite(each[name]))]);
      const { name: contender } = one.contender;
      return { benchmark, load, contender, rounds: Object.fromEntries(byName) };
    }),
  );
}

/** Of values, where those that were not reached are worse than all others. */
export function spreadOf(values: readonly (number | null)[]): Spread {
  const numbers = values.map((value) => value ?? Number.POSITIVE_INFINITY);
  return {
    median: quantile(numbers, MEDIAN),
    low: Math.min(...numbers),
    high: Math.max(...numbers),
  };
}

/** Of what two reached in the same round, the one over the other. */
export function ratios(
  over: readonly (number | null)[],
  under: readonly (number | null)[],
): (number | null)[] {
  return over.map((value, index) => {
    const other = under[index] ?? null;
    return value === null || other === null ? null : finite(value / other);
  });
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
