// A request of the relay inside workerd, and what its answer and the log must not hold.
import { expect, vi } from "vitest";
import type { Answer } from "../support/relay-client.ts";
import { read, type relay } from "../support/relay-in-workerd.ts";
import { expectDescribed } from "../support/described.ts";
import { CANARY } from "./mutations.ts";

const PROBLEM = "application/problem+json";

/** Everything that was logged since, or printed as an error, in one text; forgets it. */
export function watchLog(): () => string {
  const written = (["log", "warn", "error"] as const).map((name) =>
    vi.spyOn(console, name).mockReturnValue(),
  );
  return () => {
    const lines = written.flatMap((spy) => spy.mock.calls.splice(0)).flat();
    return lines.map(String).join("\n");
  };
}

/** Asks, and holds the answer against what every answer must be: described, never a failure, and no echo. */
export async function ask(
  asked: Pick<typeof relay, "fetch">,
  path: string,
  init: RequestInit,
): Promise<Answer> {
  const answer = await read(await asked.fetch(path, { redirect: "manual", ...init }));
  const { status, headers, text } = answer;
  expect(status < 500 ? "" : text).toBe("");
  expectDescribed(path, init, answer);
  if (status >= 400 && /^\/(v1|webhooks)\//.test(path) && init.method !== "HEAD") {
    expect(headers.get("content-type")).toBe(PROBLEM);
  }
  return answer;
}

/** Fails where an answer, or a text, holds a canary. */
export function expectSilent(text: string, headers: Headers = new Headers()): void {
  const all = [text, ...[...headers].map(([name, value]) => `${name}: ${value}`)].join("\n");
  const at = all.toLowerCase().indexOf(CANARY);
  expect(at === -1 ? "" : all.slice(Math.max(0, at - 100), at + 100)).toBe("");
}
