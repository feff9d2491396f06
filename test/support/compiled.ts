// Values held to published TypeScript types: written out as literals, and compiled.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const TSC = join(dirname(dirname(import.meta.dirname)), "node_modules/.bin/tsc");

const CONFIGURATION = {
  compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, types: [] },
  files: ["values.ts"],
};

/**
 * What the compiler says of each value that is not of a type, by its index. The type is `name` of the
 * declarations in `folder`, each in a file of its own; an enumeration's values are texts in JSON.
 */
export function misfitsOf(
  values: readonly unknown[],
  name: string,
  folder: string,
): ReadonlyMap<number, string> {
  const head = [
    `import type { ${name} } from "./models/${name}";`,
    "type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;",
    `declare function take(value: Json<${name}>): void;`,
  ];
  const lines = [...head, ...values.map((value) => `take(${JSON.stringify(value)});`)];
  const misfits = new Map<number, string>();
  for (const said of compile(lines.join("\n"), folder)) {
    const line = /^values\.ts\((\d+),\d+\): /.exec(said)?.[1];
    const index = Number(line) - 1 - head.length;
    if (!(index >= 0)) throw new Error(`the compiler says: ${said}`);
    misfits.set(index, said);
  }
  return misfits;
}

/** Each complaint of the compiler, a line with those that explain it. */
function compile(source: string, folder: string): string[] {
  const place = mkdtempSync(join(tmpdir(), "gameball-relay-types-"));
  try {
    // The declarations import each other from `../models/`.
    cpSync(folder, join(place, "models"), { recursive: true });
    writeFileSync(join(place, "values.ts"), source);
    writeFileSync(join(place, "tsconfig.json"), JSON.stringify(CONFIGURATION));
    const { status, stdout, stderr } = spawnSync(TSC, ["-p", place, "--pretty", "false"], {
      encoding: "utf8",
      cwd: place,
    });
    const said = (stdout + stderr).split(/\n(?!\s)/).filter((line) => line.trim() !== "");
    if (status !== 0 && said.length === 0) throw new Error("the compiler did not run");
    return said;
  } finally {
    rmSync(place, { recursive: true });
  }
}
