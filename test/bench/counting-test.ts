// Counts are taken inside workerd, by tests that also hold them: this runs one, and reads what it left with its
// tasks (`task.meta`).
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";

const root = dirname(dirname(import.meta.dirname));
const VITEST = join(root, "node_modules/vitest/vitest.mjs");

/** What vitest's JSON reporter writes. */
const reportSchema = v.object({
  testResults: v.array(
    v.object({
      assertionResults: v.array(
        v.object({ failureMessages: v.array(v.string()), meta: v.unknown() }),
      ),
    }),
  ),
});

/** What a test counted, and what did not hold. */
export interface Told<Meta> {
  /** Of each test in the file. */
  readonly metas: readonly Meta[];
  readonly failures: readonly string[];
  readonly isWell: boolean;
}

/** Runs a file of test/costs. Throws where nothing was counted. */
export async function runCountingTest<const Schema extends v.GenericSchema>(
  test: string,
  meta: Schema,
  signal: AbortSignal,
): Promise<Told<v.InferOutput<Schema>>> {
  const directory = await mkdtemp(join(tmpdir(), "gameball-relay-counts-"));
  const file = join(directory, "counts.json");
  const reporter = ["--reporter=json", `--outputFile=${file}`];
  const options = ["--config", "test/vitest.config.ts", "--project", "costs", ...reporter];
  try {
    const run = promisify(execFile)(process.execPath, [VITEST, "run", test, ...options], {
      cwd: root,
      signal,
    });
    // It fails where a test does, and then the report tells more.
    const crash = await run.then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error("vitest failed")),
    );
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) throw crash ?? new Error("nothing was counted");
    const { testResults } = v.parse(reportSchema, JSON.parse(text));
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      metas: tests.map((one) => v.parse(meta, one.meta)),
      failures: tests.flatMap(({ failureMessages }) => failureMessages),
      isWell: crash === null && tests.length > 0,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
