// A short run of `npm run chaos`. CHAOS_SEED gives it another schedule; the report names the command that
// repeats it without the tests.
import { expect, it } from "vitest";
import { FAULTS } from "./faults.ts";
import type { Options } from "./options.ts";
import { lostAcknowledgements, reportOn } from "./report.ts";
import { run } from "./run.ts";

const options: Options = {
  minutes: 0.4,
  seed: Number(process.env["CHAOS_SEED"] ?? "11"),
  customers: 500,
  rate: 30,
};
/**
 * Leases that a kill left behind last a minute, so that a run whose one kill comes early is soon over, and
 * backoffs after several failures may last longer.
 */
const PATIENCE_SECONDS = 300;

const print = (line: string): void => console.info(line);

it(
  "brings every CRM in step, and none back, whatever ails them and however often the relay is killed",
  { timeout: 600_000 },
  async ({ signal }) => {
    const ended = await run(options, { print, signal, patienceSeconds: PATIENCE_SECONDS });
    const { breaches, lines } = reportOn(ended, options);
    console.info(lines.join("\n"));
    expect(breaches).toEqual([]);

    // A run in which nothing went wrong would prove nothing.
    const { crms, kills, webhooks } = ended.history;
    expect(kills.length).toBeGreaterThan(0);
    const met = FAULTS.filter((fault) => crms.some(({ calls }) => calls[fault] > 0));
    expect(met).toEqual(FAULTS);
    for (const outcome of ["accepted", "duplicate", "stale"]) {
      expect(webhooks.map((answered) => answered.outcome)).toContain(outcome);
    }
    const lost = crms.map((crm) => lostAcknowledgements(crm, kills).lost);
    expect(Math.max(...lost)).toBeGreaterThan(0);
  },
);
