// The README says what the results say, and nothing else.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { expect, it } from "vitest";
import { type Results, resultsSchema } from "../results.ts";
import { claimsOf, describeReached, isKept } from "./claims.ts";
import { chartsOf, renew } from "./report.ts";
import { summarise } from "./summary.ts";

const root = dirname(dirname(dirname(import.meta.dirname)));
const directory = join(root, "test/bench/results");
const text = await readFile(join(directory, "latest.json"), "utf8");
const results = v.parse(resultsSchema, JSON.parse(text));

const measured = (contender: string, rounds: (number | null)[]) => ({
  benchmark: "latency",
  load: "200 updates/s",
  contender,
  rounds: { "p99 ms": rounds },
});

const grown = (customers: number, rows: readonly number[]) => ({
  benchmark: "growth",
  load: `${customers} customers`,
  contender: "relay",
  rounds: Object.fromEntries(rows.map((count, index) => [`rows read, ${index}`, [count]])),
});

/** What is claimed of growth from these measurements alone. */
const growthOf = (...measurements: Results["measurements"]) =>
  claimsOf({ ...results, measurements }).find(({ benchmark }) => benchmark === "growth");

it("stands in the README as the last run had it", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  expect(renew(readme, results)).toBe(readme);
  for (const [file, svg] of Object.entries(chartsOf(results))) {
    expect(await readFile(join(directory, file), "utf8")).toBe(svg);
  }
});

it("covers everything that was to be measured", () => {
  const missing = claimsOf(results).filter((claim) => isKept(claim) === null);
  expect(missing.map(({ what }) => what)).toEqual([]);
});

it("says plainly where a limit is not kept, and compares rounds pair by pair", () => {
  const made: Results = {
    ...results,
    measurements: [
      measured("relay", [20, 30, 10]),
      measured("Fastify + BullMQ (everysec)", [10, 10, 10]),
    ],
  };
  const claim = claimsOf(made).find(({ benchmark }) => benchmark === "latency");
  expect(claim && [describeReached(claim), isKept(claim)]).toEqual(["2.00 × (1.00–3.00)", false]);
  expect(claimsOf(made).filter((one) => isKept(one) === null)).toHaveLength(
    claimsOf(made).length - 1,
  );
  expect(() => renew("# README", made)).toThrow("no <!-- measured");
});

it("says of growth how much that operation grows which grows most, and nothing of what was not measured", () => {
  const few = grown(1_000, [2, 0, 4]);
  const same = growthOf(few, grown(100_000, [2, 0, 8]));
  expect(same && [describeReached(same), isKept(same)]).toEqual(["2.00 ×", true]);
  const more = growthOf(few, grown(100_000, [2, 1, 8]));
  expect(more && isKept(more)).toBe(false);
  expect(growthOf()).toBeUndefined();
});

it("says at the end of a run which limits were kept, which were missed, and which nothing is known of", () => {
  const made: Results = {
    ...results,
    measurements: [
      measured("relay", [20, 20]),
      measured("Fastify + BullMQ (everysec)", [10, 10]),
      grown(1_000, [2]),
      grown(100_000, [2]),
    ],
  };
  const [, head, , ...lines] = summarise(made, ["growth", "ingest", "latency"]);
  expect(head).toContain("limits: 1 kept, 1 missed, 1 not measured");
  expect(lines).toEqual([
    "kept          rows that an operation reads with 100000 customers, over 1000: 1.00 ×, aimed at ≤ 2 ×",
    "not measured  webhooks a second, over a bare Worker's: aimed at ≥ 0.8 ×",
    "MISSED        p99 from webhook to CRM at 200 updates a second, over Fastify's: 2.00 ×, aimed at ≤ 1.5 ×",
  ]);
});
