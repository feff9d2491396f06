// What can be done while the demo stays up: letters typed here, and commands for another terminal.
import { createInterface } from "node:readline";
import type { DemoCrm } from "./demo-crm.ts";
import { DemoError } from "./demo-error.ts";
import type { Screen } from "./screen.ts";
import type { Story } from "./story.ts";
import { CUSTOMER_ID } from "./webhooks.ts";

const KEYS = [
  "  u   send an update: points rise, and so does the tier in time",
  "  k   kill flaky-crm, so that connections are refused; again: bring it back",
  "  l   look up the profile",
  "  d   where each destination stands",
  "  q   quit (so does Ctrl-C)",
];

/** Prints what there is to try: with the relay's address and token, and with keys if there is a keyboard. */
export function printThingsToTry(
  screen: Screen,
  {
    origin,
    token,
    hasKeys,
  }: { readonly origin: string; readonly token: string; readonly hasKeys: boolean },
): void {
  const authorized = `  curl -s -H "Authorization: Bearer ${token}" \\`;
  const profile = `${origin}/v1/profiles/${CUSTOMER_ID}`;
  if (hasKeys) {
    screen.line();
    screen.line("Things to try: type a letter, then Enter", "title");
    screen.verbatim(KEYS);
  }
  screen.line();
  screen.line("In a browser: the dashboard, with this token to sign in", "title");
  screen.verbatim([`  ${origin}/`, `  ${token}`]);
  screen.line();
  screen.line("From another terminal: the profile, its deliveries, health, and deletion", "title");
  screen.verbatim([
    authorized,
    `    ${profile}`,
    authorized,
    `    ${profile}/deliveries`,
    `  curl -s ${origin}/health`,
    authorized,
    `    -X DELETE ${profile}`,
  ]);
  screen.line();
  screen.line(hasKeys ? "The demo stays up." : "The demo stays up until Ctrl-C or SIGTERM.");
}

/** Obeys letters, one after the other, until `q` or the end of the input. */
export async function obeyKeys(screen: Screen, story: Story, flaky: DemoCrm): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) {
      const key = line.trim().toLowerCase();
      if (key === "q") return;
      try {
        await obey(key, screen, story, flaky);
      } catch (error) {
        if (!(error instanceof DemoError)) throw error;
        screen.line(error.message, "bad");
        for (const detail of error.details) screen.line(`  ${detail}`);
      }
    }
  } finally {
    lines.close();
  }
}

async function obey(key: string, screen: Screen, story: Story, flaky: DemoCrm): Promise<void> {
  switch (key) {
    case "u":
      await story.sendUpdate();
      return;
    case "k":
      await killOrRevive(screen, flaky);
      return;
    case "l":
      await story.showProfile();
      return;
    case "d":
      await story.showDeliveries();
      return;
    case "":
      return;
    default:
      screen.line("The letters are u, k, l, d and q.");
  }
}

async function killOrRevive(screen: Screen, flaky: DemoCrm): Promise<void> {
  if (flaky.isUp) {
    await flaky.stop();
    screen.step(flaky.id, "is down. Send some updates (u), then bring it back (k)", "bad");
  } else {
    await flaky.start();
    screen.step(flaky.id, "is back. The relay retries when due, or at once after u", "good");
  }
}
