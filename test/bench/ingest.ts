// The benchmark of ingest: how many signed webhooks are accepted, with nothing delivered meanwhile.
import type { Contender } from "./contenders/contender.ts";
import { flood, isAccepted } from "./load.ts";
import type { Measurement } from "./results.ts";
import { interleave } from "./rounds.ts";
import type { Sizes } from "./sizes.ts";
import { CONNECTIONS, withContender } from "./trial.ts";
import { signUpdates } from "./updates.ts";
import { readUsage } from "./usage.ts";

const CUSTOMERS = 1_000;
const US_PER_SECOND = 1e6;

/** The lines that tell what is measured. */
export function aboutIngest({ webhooks }: Sizes): string[] {
  return [
    `ingest: ${webhooks} signed webhooks of ${CUSTOMERS} customers over ${CONNECTIONS} connections, each when the one`,
    "before was answered, after as many to warm up. Doorbells are swallowed: nothing is delivered.",
  ];
}

/** Measures. */
export async function measureIngest(
  contenders: readonly Contender[],
  { rounds, webhooks }: Sizes,
  signal: AbortSignal,
): Promise<Measurement[]> {
  const updates = await signUpdates("ingest", 2 * webhooks, CUSTOMERS);
  return interleave("ingest", contenders, rounds, async (contender) =>
    withContender(contender, signal, async ({ running: { url, processes } }) => {
      await flood(url, updates.slice(0, webhooks), CONNECTIONS, signal);
      const before = await readUsage(processes);
      const answers = await flood(url, updates.slice(webhooks), CONNECTIONS, signal);
      const after = await readUsage(processes);
      const startedAt = Math.min(...answers.map(({ sentAt }) => sentAt));
      const endedAt = Math.max(...answers.map(({ answeredAt }) => answeredAt));
      const numbers = {
        "requests/s": (webhooks * 1000) / (endedAt - startedAt),
        "CPU us": ((after.cpuSeconds - before.cpuSeconds) * US_PER_SECOND) / webhooks,
        refused: answers.filter((answer) => !isAccepted(answer)).length,
      };
      return { webhooks: numbers };
    }),
  );
}
