// How the benchmarks print: numbers under each other, and quantiles.

const NAME_COLUMNS = 30;
const CELL_COLUMNS = 11;

/** One line of a table: its name, then numbers or words in columns. */
export function row(name: string, cells: readonly (number | string)[]): string {
  const texts = cells.map((cell) => (typeof cell === "number" ? show(cell) : cell));
  return name.padEnd(NAME_COLUMNS) + texts.map((text) => text.padStart(CELL_COLUMNS)).join("");
}

/** The smallest value that is no less than a share (0 to 1) of all (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * values.length));
  return values.toSorted((left, right) => left - right)[rank - 1] ?? Number.NaN;
}

function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}
