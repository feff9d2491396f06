// What the doctor finds, one thing each, and how a person or a script reads it.

/** One thing that was looked at. */
export interface Finding {
  /** A `warning` may be meant; a `fault` loses something, refuses something, or lets somebody in. */
  readonly level: "ok" | "warning" | "fault";
  readonly text: string;
  /** What to do, a line each. */
  readonly remedy: readonly string[];
}

/** Findings about one thing, under its name. */
export interface Group {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** Nothing is wrong; `remedy` is what to know anyway. */
export function ok(text: string, ...remedy: readonly string[]): Finding {
  return { level: "ok", text, remedy };
}

/** Something that is worse than it could be. */
export function warning(text: string, ...remedy: readonly string[]): Finding {
  return { level: "warning", text, remedy };
}

/** Something that is to be mended. */
export function fault(text: string, ...remedy: readonly string[]): Finding {
  return { level: "fault", text, remedy };
}

/** A finding, unless all is well. */
export function unless(isWell: boolean, found: Finding): Finding[] {
  return isWell ? [] : [found];
}

/** How many findings of a level there are. */
export function count(groups: readonly Group[], level: Finding["level"]): number {
  return groups.flatMap(({ findings }) => findings).filter((one) => one.level === level).length;
}

/** All findings as lines, and a summary. */
export function render(groups: readonly Group[]): string[] {
  const shown = groups.filter(({ findings }) => findings.length > 0);
  const lines = shown.flatMap(({ title, findings }) => ["", title, ...findings.flatMap(show)]);
  return [...lines.slice(1), "", summarise(groups)];
}

/** All findings as a script reads them. */
export function toJson(groups: readonly Group[]): string {
  const findings = groups.flatMap(({ title, findings: some }) =>
    some.map((finding) => ({ group: title, ...finding })),
  );
  const counts = { faults: count(groups, "fault"), warnings: count(groups, "warning") };
  return JSON.stringify({ ...counts, findings }, null, 2);
}

const WIDTH = "warning".length;

function show({ level, text, remedy }: Finding): string[] {
  const indent = " ".repeat(WIDTH + 4);
  return [`  ${level.padEnd(WIDTH)}  ${text}`, ...remedy.map((line) => `${indent}→ ${line}`)];
}

function summarise(groups: readonly Group[]): string {
  const faults = count(groups, "fault");
  const warnings = count(groups, "warning");
  if (faults + warnings === 0) return "Nothing is wrong.";
  return `${plural(faults, "fault")}, ${plural(warnings, "warning")}.`;
}

/** A number with its noun. */
export function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
