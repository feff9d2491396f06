// `npm run bench:report`: writes the README's part about what was measured, and its charts, from
// test/bench/results/latest.json, which `npm run bench -- --json test/bench/results/latest.json` writes.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { resultsSchema } from "../results.ts";
import { chartsOf, renew } from "./report.ts";

const root = dirname(dirname(dirname(import.meta.dirname)));
const README = join(root, "README.md");
const RESULTS = join(root, "test/bench/results");

const text = await readFile(join(RESULTS, "latest.json"), "utf8");
const results = v.parse(resultsSchema, JSON.parse(text));
await writeFile(README, renew(await readFile(README, "utf8"), results));
for (const [file, svg] of Object.entries(chartsOf(results)))
  await writeFile(join(RESULTS, file), svg);
