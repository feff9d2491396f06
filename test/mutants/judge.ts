// Judges one mutant, in a process of its own: runs the tests with one file broken, and tells by its exit code
// whether one of them noticed. Nothing is written: the broken text is handed to the loader.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { applyEdit } from "./edit.ts";
import { NOTICED, readCase, UNNOTICED } from "./case.ts";

const { root, file, edit, tests, seed } = readCase(process.argv[2]);
const urlOf = (path: string): string => pathToFileURL(`${root}/${path}`).href;
const harness = urlOf("test/mutants/harness.ts");

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "vitest" && context.parentURL !== harness
      ? { url: harness, shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) => {
    if (edit === null || url !== urlOf(file)) return next(url, context);
    const source = applyEdit(readFileSync(`${root}/${file}`, "utf8"), edit);
    return { format: "module-typescript", source, shortCircuit: true };
  },
});

// The first counterexample is enough: nobody reads it, so it need not be made short.
fc.configureGlobal({ seed, endOnFailure: true });

const { findFailure } = await import("./harness.ts");
let failure: string | null;
try {
  for (const path of tests) await import(urlOf(path));
  failure = await findFailure();
} catch (error) {
  // What is broken may be needed as soon as the file is loaded.
  failure = String(error);
}
if (failure !== null) process.stdout.write(failure);
process.exit(failure === null ? UNNOTICED : NOTICED);
