// `npm run mutants` as a program: its arguments, and its exit code, which is 1 when too few mutants were
// noticed.
import { dirname } from "node:path";
import { readOptions, USAGE } from "./options.ts";
import { surveyMutants } from "./survey.ts";

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === null) {
      for (const line of USAGE) print(line);
      return 0;
    }
    const root = dirname(dirname(import.meta.dirname));
    return (await surveyMutants(root, options, print)) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
// A judge may still be at work.
process.exit();
