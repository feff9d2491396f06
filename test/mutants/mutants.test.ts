// The mutation check itself: what it breaks, and that it tells who noticed.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { stripTypeScriptTypes } from "node:module";
import { afterAll, describe, expect, it } from "vitest";
import type { Edit } from "./edit.ts";
import { applyEdit } from "./edit.ts";
import { mutantsOf } from "./mutate.ts";
import { TARGETS } from "./targets.ts";
import { Court } from "./trial.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const FILE = "src/ledger/backoff.ts";
const SOURCE = readFileSync(`${ROOT}/${FILE}`, "utf8");
const PATIENCE_MS = 60_000;

/** Other text in place of some that is there once. */
function replacing(text: string, other: string): Edit {
  const start = SOURCE.indexOf(text);
  return { start, end: start + text.length, text: other };
}

describe("a file's mutants", () => {
  it("have one thing broken each", () => {
    const source = "export const f = (a?: number[]) => (a ?? []).slice(1).length > 0;";
    expect(mutantsOf("f.ts", source).map(({ change }) => change)).toEqual([
      "a ?? [] → ([])",
      "(a ?? []).slice(1) → (a ?? [])",
      "1 → 2",
      "(a ?? []).slice(1).length > 0 → (a ?? []).slice(1).length >= 0",
      "0 → 1",
    ]);
  });

  it("are all TypeScript, or they would be noticed for nothing", () => {
    for (const { file } of TARGETS) {
      const source = readFileSync(`${ROOT}/${file}`, "utf8");
      for (const { edit } of mutantsOf(file, source))
        expect(() => stripTypeScriptTypes(applyEdit(source, edit))).not.toThrow();
    }
  });
});

describe("a court", () => {
  const court = new Court({ seed: 1, schedules: 1 });
  const given = { file: FILE, tests: ["test/ledger/backoff.test.ts"] };
  const judge = (edit: Edit | null, timeoutMs = PATIENCE_MS) =>
    court.try({ ...given, edit }, timeoutMs);
  afterAll(() => court.adjourn());

  it(
    "tells who is noticed, who is not, and who never ends, and goes on after that",
    async () => {
      expect(await judge(null)).toBe("survived");
      expect(await judge(replacing("failures - 1", "failures - 2"))).toBe("killed");
      expect(await judge(replacing("failures - 1, 30", "failures - 1, 31"))).toBe("survived");
      expect(await judge(replacing("const ceiling", "for (;;);\n  const ceiling"), 3_000)).toBe(
        "timed out",
      );
      expect(await judge(replacing("const ceiling", "const other"))).toBe("killed");
      expect(await judge(null)).toBe("survived");
    },
    5 * PATIENCE_MS,
  );
});
