// A judge, in a process of its own: for one case after the other it runs the tests with one file broken, and
// tells who noticed. Nothing is written: the broken text is handed to the loader, and each case has all of the
// project's modules to itself, since their URLs have its number.
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import fc from "fast-check";
import { type Answer, readCase } from "./case.ts";
import { applyEdit, type Edit } from "./edit.ts";
import type * as Harness from "./harness.ts";

const root = `${dirname(dirname(import.meta.dirname))}/`;
const harness = `${import.meta.dirname}/harness.ts`;

/** Sources without their types, by path: most of them are asked for in every case. */
const sound = new Map<string, string>();
let broken: { readonly path: string; readonly source: string } | null = null;
let cases = 0;

registerHooks({
  resolve(specifier, context, next) {
    const parent = context.parentURL ?? "";
    const number = parent.match(/\?case=\d+$/)?.[0];
    if (number === undefined) return next(specifier, context);
    if (specifier === "vitest" && !parent.includes("/harness.ts"))
      return { url: urlOf(harness, number), shortCircuit: true };
    const found = next(specifier, context);
    const isOurs = found.url.startsWith("file:") && !found.url.includes("/node_modules/");
    return isOurs ? { ...found, url: found.url.replace(/\?.*$/, "") + number } : found;
  },
  load(url, context, next) {
    if (!/\?case=\d+$/.test(url) || !url.includes(".ts?")) return next(url, context);
    return { format: "module", source: sourceOf(fileURLToPath(url)), shortCircuit: true };
  },
});

// The first counterexample is enough: nobody reads it, so it need not be made short.
fc.configureGlobal({ seed: Number(process.env["SEED"]), endOnFailure: true });

process.on("message", (message) => {
  judge(message).then(
    (failure) => process.send?.({ failure } satisfies Answer),
    (error: unknown) => {
      process.stderr.write(String(error));
      process.exit(1);
    },
  );
});

async function judge(message: unknown): Promise<string | null> {
  const { file, edit, tests } = readCase(message);
  const path = root + file;
  broken = edit === null ? null : { path, source: breakSource(path, edit) };
  cases += 1;
  const number = `?case=${cases}`;
  try {
    const { findFailure } = (await import(urlOf(harness, number))) as typeof Harness;
    for (const test of tests) await import(urlOf(root + test, number));
    return await findFailure();
  } catch (error) {
    // What is broken may be needed as soon as the file is loaded.
    return String(error);
  }
}

function breakSource(path: string, edit: Edit): string {
  return stripTypeScriptTypes(applyEdit(readFileSync(path, "utf8"), edit));
}

function sourceOf(path: string): string {
  if (path === broken?.path) return broken.source;
  const known = sound.get(path);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(path, "utf8"));
  sound.set(path, source);
  return source;
}

function urlOf(path: string, number: string): string {
  return pathToFileURL(path).href + number;
}
