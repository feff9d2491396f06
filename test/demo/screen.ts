// Everything the demo prints: short lines, with the time and who speaks.
import { styleText } from "node:util";

const COLUMNS = 80;
const WHO_COLUMNS = 12;

/** What a line is about, which decides its colour. */
export type Tone = "plain" | "good" | "bad" | "wait" | "title";

const STYLES = {
  good: "green",
  bad: "red",
  wait: "yellow",
  title: "bold",
} as const satisfies Record<Exclude<Tone, "plain">, string>;

/** Where the lines go. */
export interface Screen {
  /** A thing that just happened, with the seconds since the start. */
  readonly step: (who: string, text: string, tone?: Tone) => void;
  /** A line of its own, wrapped. Its leading blanks indent the lines that follow. */
  readonly line: (text?: string, tone?: Tone) => void;
  /** Lines as they are: JSON, commands to paste. */
  readonly verbatim: (lines: readonly string[]) => void;
  /** From now on nothing is printed. */
  readonly close: () => void;
}

/** A screen on an output; coloured on a terminal, unless NO_COLOR is set (no-color.org). */
export function createScreen(output: NodeJS.WriteStream): Screen {
  const startedAt = performance.now();
  const isColoured = output.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  let isOpen = true;
  const print = (lines: readonly string[], tone: Tone): void => {
    if (!isOpen) return;
    for (const line of lines) {
      const isPlain = !isColoured || tone === "plain";
      output.write(
        `${isPlain ? line : styleText(STYLES[tone], line, { validateStream: false })}\n`,
      );
    }
  };
  return {
    step(who, text, tone = "plain") {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      const head = `${seconds.padStart(6)} s  ${who.padEnd(WHO_COLUMNS)} `;
      print(wrap(text, COLUMNS - head.length).map(headedBy(head)), tone);
    },
    line(text = "", tone = "plain") {
      const indent = /^ */.exec(text)?.[0] ?? "";
      print(wrap(text.trimStart(), COLUMNS - indent.length).map(headedBy(indent, indent)), tone);
    },
    verbatim(lines) {
      print(lines, "plain");
    },
    close() {
      isOpen = false;
    },
  };
}

/** Puts the head before the first line, and before the others as many blanks. */
function headedBy(head: string, others = " ".repeat(head.length)) {
  return (line: string, index: number): string => `${index === 0 ? head : others}${line}`;
}

/** A text in lines of at most so many columns, broken at blanks, and in words that are longer. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  const pieces = text
    .split(" ")
    .flatMap((word) => word.match(RegExp(`.{1,${columns}}`, "g")) ?? "");
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= columns) {
      lines[lines.length - 1] = `${last} ${piece}`;
    } else {
      lines.push(piece);
    }
  }
  return lines;
}
