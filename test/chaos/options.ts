// What may follow `npm run chaos --`.
import { parseArgs } from "node:util";

const DEFAULTS = { minutes: 2, seed: 1, customers: 2_000, rate: 40 } as const;
const LIMITS = {
  minutes: 24 * 60,
  seed: 1_000_000_000,
  customers: 100_000,
  rate: 1_000,
} as const;

/** How a run goes. The same options give the same schedule. */
export interface Options {
  /** How long webhooks, faults and kills go on; healing comes after that. */
  readonly minutes: number;
  readonly seed: number;
  readonly customers: number;
  /** Webhooks a second, doubled ones included. */
  readonly rate: number;
}

/** The lines of `--help`. */
export const USAGE = [
  "A relay and three CRMs on this machine: the CRMs fall ill, webhooks come late and twice, the relay is killed.",
  "Then everybody is healed, which takes another minute or two, and all are compared. Ctrl-C ends all of it.",
  "",
  "npm run chaos                     two minutes with 2,000 customers, seed 1",
  "npm run chaos -- --minutes 60     how long webhooks, faults and kills go on; 0.1 to 1440",
  "npm run chaos -- --seed 7         another schedule; the same seed and options give the same one",
  "npm run chaos -- --customers 500  how many there are at most; usually 2,000",
  "npm run chaos -- --rate 100       webhooks a second; usually 40",
  "",
  "It ends with 0 if all held, with 1 if anything did not, and names the command that runs the same again.",
];

/** Reads the arguments; `null` when help is wanted. Throws an error that names a wrong one. */
export function readOptions(args: readonly string[]): Options | null {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: text,
      seed: text,
      customers: text,
      rate: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return null;
  const read = (name: keyof typeof DEFAULTS): number => {
    const given = values[name];
    return given === undefined ? DEFAULTS[name] : Number(given);
  };
  const whole = (name: keyof typeof DEFAULTS): number => {
    const number = read(name);
    if (Number.isInteger(number) && number >= 1 && number <= LIMITS[name]) return number;
    throw new Error(`--${name} must be a whole number from 1 to ${LIMITS[name]}.`);
  };
  const minutes = read("minutes");
  if (!(minutes >= 0.1 && minutes <= LIMITS.minutes)) {
    throw new Error(`--minutes must be a number from 0.1 to ${LIMITS.minutes}.`);
  }
  return { minutes, seed: whole("seed"), customers: whole("customers"), rate: whole("rate") };
}

/** The command that runs the same schedule again. */
export function commandOf({ minutes, seed, customers, rate }: Options): string {
  const flags = { minutes, seed, customers, rate };
  const words = Object.entries(flags).map(([name, value]) => `--${name} ${value}`);
  return `npm run chaos -- ${words.join(" ")}`;
}
