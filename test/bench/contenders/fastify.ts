// The contender Fastify + BullMQ + Redis, for each way in which Redis confirms; see test/bench/peers/fastify.
import type { Contender, Running, Settings } from "./contender.ts";
import { freePort, startGroup } from "./group.ts";
import { nodeCommand, peerVariables, requirePeers } from "./peers.ts";

const HOST = "127.0.0.1";

/** Redis flushes its log to the disk once a second: what a crash of the machine loses is at most that. */
export const fastifyEverysec = contender("everysec");
/** Redis flushes its log before it answers, as the relay's ledger does. */
export const fastifyAlways = contender("always");

function contender(fsync: "everysec" | "always"): Contender {
  return {
    name: `Fastify + BullMQ (${fsync})`,
    about: `Debian's Redis with appendfsync ${fsync}, a process that takes webhooks, one that delivers, 200 calls at a time to each CRM`,
    start: async (settings, signal) => start(fsync, settings, signal),
  };
}

async function start(
  fsync: string,
  { crms, folder }: Settings,
  signal: AbortSignal,
): Promise<Running> {
  await requirePeers();
  const port = await freePort();
  const redis = {
    file: "redis-server",
    args: redisOptions({
      bind: HOST,
      port,
      dir: folder,
      appendonly: "yes",
      appendfsync: fsync,
      save: "",
      "maxmemory-policy": "noeviction",
    }),
    isAnnounced: false,
  };
  const commands = [redis, nodeCommand("fastify/workers.ts"), nodeCommand("fastify/web.ts")];
  const variables = { ...peerVariables(crms), REDIS_PORT: `${port}` };
  const { processes, announced, stop } = await startGroup(commands, variables, signal);
  const url = announced.find((value) => value !== "workers");
  return { url: new URL(String(url)), processes, stop };
}

function redisOptions(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
}
