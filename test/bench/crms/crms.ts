// The CRMs of a benchmark, as the benchmark sees them; they run in a process of their own.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import type { Crm } from "../contenders/contender.ts";
import type { Command, Facts, Manner, Newest, Opened, Reached, Told } from "./protocol.ts";

const PROCESS = join(import.meta.dirname, "process.ts");
const CRMS = 3;
const POLL_MS = 20;
const THERE = 204;

/** Three CRMs. One command at a time. */
export class Crms {
  readonly all: readonly Crm[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, urls: readonly string[]) {
    this.#child = child;
    this.all = urls.map((url, index) => ({ id: `crm-${index + 1}`, url }));
  }

  /** Opens them, and makes sure that who answers at their addresses is them. */
  static async open(): Promise<Crms> {
    const child = fork(PROCESS, [String(CRMS)], { serialization: "advanced" });
    try {
      const [urls] = (await once(child, "message")) as [Opened];
      const statuses = await Promise.all(
        urls.map(async (url) => (await fetch(url, { method: "POST" })).status),
      );
      if (!statuses.every((status) => status === THERE)) throw new Error("other CRMs answer");
      return new Crms(child, urls);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** From now on all counts are from zero, and these updates are waited for. */
  async begin(expected: Newest): Promise<void> {
    await this.#ask({ kind: "begin", expected });
  }

  /** These are waited for instead; the counts go on. */
  async expect(expected: Newest): Promise<void> {
    await this.#ask({ kind: "expect", expected });
  }

  /** How one of them (from 0) meets those who call. */
  async behave(crm: number, manner: Manner): Promise<void> {
    await this.#ask({ kind: "behave", crm, manner });
  }

  /** How all of them do. */
  async behaveAll(manner: Manner): Promise<void> {
    for (const crm of this.all.keys()) await this.behave(crm, manner);
  }

  async facts(): Promise<Facts> {
    const facts = (await this.#ask({ kind: "tell" })) as Facts;
    if (facts.strangers > 0) throw new Error("somebody else calls these CRMs");
    return facts;
  }

  async reached(): Promise<Reached> {
    return (await this.#ask({ kind: "reached" })) as Reached;
  }

  /** Waits until none is missing any more, or until so many ms have passed without. */
  async settle(patienceMs: number, signal: AbortSignal): Promise<Facts> {
    const giveUpAt = nowMs() + patienceMs;
    for (;;) {
      const facts = await this.facts();
      if (facts.completeAt !== null || nowMs() > giveUpAt) return facts;
      await sleep(POLL_MS, null, { signal });
    }
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  async #ask(command: Command): Promise<Told> {
    const answered = once(this.#child, "message");
    this.#child.send(command);
    const [told] = (await answered) as [Told];
    return told;
  }
}
