// A chart of horizontal bars as SVG, which reads by day and by night: it has no background of its own, and
// takes its colours from what the reader prefers. Pure.
import { show } from "../describe-rounds.ts";

/** A bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The relay's own stands out. */
  readonly isOurs: boolean;
}

const WIDTH = 640;
const NAMES = 210;
const NUMBERS = 70;
const ROW = 28;
const BAR = 18;
const TOP = 40;
const TEXT_BASE = 13;

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
rect { fill: #8c959f }
.ours { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  rect { fill: #6e7681 }
  .ours { fill: #4493f8 }
}`;

/** The chart; `description` says in words what it shows. */
export function chartOf(title: string, description: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value), 1);
  const height = TOP + bars.length * ROW + 8;
  const scale = (WIDTH - NAMES - NUMBERS) / most;
  const rows = bars.flatMap(({ name, value, isOurs }, index) => {
    const y = TOP + index * ROW;
    const width = Math.max(1, value * scale).toFixed(1);
    return [
      `<text x="${NAMES - 10}" y="${y + TEXT_BASE}" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${NAMES}" y="${y}" width="${width}" height="${BAR}"${isOurs ? ' class="ours"' : ""}/>`,
      `<text x="${(NAMES + Number(width) + 8).toFixed(1)}" y="${y + TEXT_BASE}">${show(value)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="0" y="20">${escape(title)}</text>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
