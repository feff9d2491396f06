// How rounds are printed: for each load the medians of all contenders, then how the first compares.
import type { Measurement } from "./results.ts";
import { ratios, type Spread, spreadOf } from "./rounds.ts";
import { row } from "./table.ts";

/** The lines of all loads of a benchmark. */
export function describeRounds(measurements: readonly Measurement[]): string[] {
  const loads = [...new Set(measurements.map(({ load }) => load))];
  return loads.flatMap((load) => [
    "",
    ...describeLoad(
      load,
      measurements.filter((one) => one.load === load),
    ),
  ]);
}

function describeLoad(load: string, measurements: readonly Measurement[]): string[] {
  const [first, ...others] = measurements;
  if (first === undefined) return [];
  const names = Object.keys(first.rounds);
  const spreads = (of: (name: string) => readonly (number | null)[]): Spread[] =>
    names.map((name) => spreadOf(of(name)));
  return [
    row(load, names),
    ...measurements.map(({ contender, rounds }) =>
      row(
        contender,
        spreads((name) => rounds[name] ?? []).map(({ median }) => show(median)),
      ),
    ),
    ...others.flatMap(({ contender, rounds }) => {
      const compared = spreads((name) => ratios(first.rounds[name] ?? [], rounds[name] ?? []));
      return [
        row(
          `${first.contender} / ${contender}`,
          compared.map(({ median }) => show(median)),
        ),
        row(
          "  its range",
          compared.map(({ low, high }) => (show(low) === "" ? "" : `${show(low)}–${show(high)}`)),
        ),
      ];
    }),
  ];
}

const BIG = 100;

/** Three digits where there are fewer; nothing of what was not reached. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return "";
  return value >= BIG || value === 0 ? String(Math.round(value)) : value.toPrecision(3);
}
