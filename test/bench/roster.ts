// Who is compared where. Workers are compared with each other on Miniflare, and the relay with other stacks on
// `workerd serve`; test/bench/harness.ts says why.
import type { Contender } from "./contenders/contender.ts";
import { express } from "./contenders/express.ts";
import { fastifyAlways, fastifyEverysec } from "./contenders/fastify.ts";
import { BARE_WORKER, PLAIN_WORKER, RELAY, workerOn } from "./contenders/workers.ts";
import { withContender } from "./trial.ts";

/** The relay's names, by which a run knows whose losses are faults. */
export const OURS = { alone: "relay", onMiniflare: "relay (Miniflare)" } as const;

const onMiniflare = (source: typeof RELAY): Contender => {
  const contender = workerOn(source, "Miniflare");
  return { ...contender, name: `${contender.name} (Miniflare)` };
};
const relay = workerOn(RELAY, "workerd serve");
const isConsuming = false;

/** Who brings CRMs in step: Workers among themselves. The relay is the first of each. */
export const WORKERS = [onMiniflare(RELAY), onMiniflare(PLAIN_WORKER)];
/** The relay, and what others would write on servers. */
export const STACKS = [relay, fastifyEverysec, fastifyAlways, express];
/** The same where how Redis confirms makes no difference. */
export const SERVERS = [relay, fastifyEverysec, express];
/** Who takes webhooks, and does nothing else. */
export const TAKERS = [RELAY, BARE_WORKER].map((source) => ({
  ...workerOn(source, "workerd serve", { isConsuming }),
  name: `${source.name}, ingest only`,
}));

/** Tries to start each of these. By name: on what it runs, or why it cannot be measured here. */
export async function tryAll(
  contenders: readonly Contender[],
  signal: AbortSignal,
): Promise<{ readonly able: readonly Contender[]; readonly about: Record<string, string> }> {
  const able: Contender[] = [];
  const about: Record<string, string> = {};
  for (const contender of contenders) {
    try {
      await withContender(contender, signal, async () => undefined);
      able.push(contender);
      about[contender.name] = contender.about;
    } catch (error) {
      signal.throwIfAborted();
      about[contender.name] = `not measured: ${error instanceof Error ? error.message : "unknown"}`;
    }
  }
  return { able, about };
}
