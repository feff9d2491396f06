// The processes of a contender: all are there or none is.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { type Command, startGroup } from "./group.ts";

const STAY = "setInterval(() => undefined, 1_000);";

function run(code: string, isAnnounced: boolean): Command {
  return { file: process.execPath, args: ["--eval", code], isAnnounced };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it("waits for what says that it is ready, passes the variables on, and ends all", async () => {
  const late = `setTimeout(() => console.log(JSON.stringify(process.env.NAME)), 300); ${STAY}`;
  const commands = [run(STAY, false), run(late, true)];
  const group = await startGroup(commands, { NAME: "late" }, new AbortController().signal);
  expect(group.announced).toEqual(["late"]);
  expect(group.processes).toHaveLength(2);
  expect(group.processes.map(isRunning)).toEqual([true, true]);
  await group.stop();
  expect(group.processes.map(isRunning)).toEqual([false, false]);
  await group.stop();
});

it("ends all when the benchmark is aborted", async () => {
  const abort = new AbortController();
  const commands = [run(STAY, false), run(`console.log("1"); ${STAY}`, true)];
  const { processes } = await startGroup(commands, {}, abort.signal);
  abort.abort();
  await eventually(() => expect(processes.map(isRunning)).toEqual([false, false]));
});

it("ends all when it is aborted before they are ready", async () => {
  const abort = new AbortController();
  const starting = startGroup([run(STAY, true)], {}, abort.signal);
  await sleep(200);
  abort.abort(new Error("enough"));
  await expect(starting).rejects.toThrow("enough");
});

it("says why one did not start", async () => {
  const { signal } = new AbortController();
  const broken = run(`console.error("no port"); process.exit(1);`, true);
  await expect(startGroup([broken, run(STAY, false)], {}, signal)).rejects.toThrow("no port");
  const missing = { file: "no-such-program", args: [], isAnnounced: true };
  await expect(startGroup([missing], {}, signal)).rejects.toThrow("no-such-program");
});
