// What the contenders on Node have in common: where they are, and the variables they run with.
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { API_TOKEN, SECRET_KEY } from "../../support/bindings.ts";
import type { Crm } from "./contender.ts";
import type { Command } from "./group.ts";

const PEERS = join(dirname(import.meta.dirname), "peers");

/** Throws where the peers' packages are not installed. */
export async function requirePeers(): Promise<void> {
  try {
    await access(join(PEERS, "node_modules"));
  } catch {
    throw new Error("The peers are not installed: npm --prefix test/bench/peers ci");
  }
}

/** One of their modules as a process of the Node that runs this. */
export function nodeCommand(module: string): Command {
  return { file: process.execPath, args: [join(PEERS, module)], isAnnounced: true };
}

/** What each of them is told. */
export function peerVariables(crms: readonly Crm[]): Record<string, string> {
  return {
    CRMS: JSON.stringify(crms),
    GAMEBALL_SECRET_KEY: SECRET_KEY,
    API_TOKEN,
    NODE_ENV: "production",
  };
}
