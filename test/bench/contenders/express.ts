// The contender Express that awaits three fetches; see test/bench/peers/express.
import { join } from "node:path";
import type { Contender, Running, Settings } from "./contender.ts";
import { startGroup } from "./group.ts";
import { nodeCommand, peerVariables, requirePeers } from "./peers.ts";

export const express: Contender = {
  name: "Express",
  about:
    "one Node process with SQLite, no queue: answers once all CRMs did, with 502 where one fails",
  start,
};

async function start({ crms, folder }: Settings, signal: AbortSignal): Promise<Running> {
  await requirePeers();
  const variables = { ...peerVariables(crms), DATABASE: join(folder, "profiles.sqlite") };
  const commands = [nodeCommand("express/main.ts")];
  const { processes, announced, stop } = await startGroup(commands, variables, signal);
  return { url: new URL(String(announced[0])), processes, stop };
}
