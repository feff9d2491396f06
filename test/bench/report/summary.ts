// The end of a run on the console: of the limits of what it measured, which were kept and which were missed. Pure.
import type { Benchmark } from "../options.ts";
import type { Results } from "../results.ts";
import { type Claim, claimsOf, describeLimit, describeReached, isKept } from "./claims.ts";

const VERDICT_COLUMNS = 14;

/** The lines for these benchmarks; none where they have no limits. */
export function summarise(results: Results, benchmarks: readonly Benchmark[]): string[] {
  const claims = claimsOf(results).filter(({ benchmark }) => benchmarks.includes(benchmark));
  if (claims.length === 0) return [];
  const verdicts = claims.map(verdictOf);
  const [kept, missed, unknown] = (["kept", "MISSED", "not measured"] as const).map(
    (one) => verdicts.filter((verdict) => verdict === one).length,
  );
  return [
    "",
    `limits: ${kept} kept, ${missed} missed, ${unknown} not measured; of those that are missed a run fails for counts,`,
    "rows and stale writes alone, since how fast anything is depends on what else the machine does",
    ...claims.map(describe),
  ];
}

function verdictOf(claim: Claim): "kept" | "MISSED" | "not measured" {
  const kept = isKept(claim);
  if (kept === null) return "not measured";
  return kept ? "kept" : "MISSED";
}

function describe(claim: Claim): string {
  const verdict = verdictOf(claim);
  const reached = verdict === "not measured" ? "" : `${describeReached(claim)}, `;
  return `${verdict.padEnd(VERDICT_COLUMNS)}${claim.what}: ${reached}aimed at ${describeLimit(claim)}`;
}
