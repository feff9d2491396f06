// A run: a relay on state that outlives it, three CRMs, and what the schedule has in store for them. Then
// everybody is healed and, once all is in step or patience is at its end, looked at.
import { setTimeout as sleep } from "node:timers/promises";
import { Relay } from "../support/relay.ts";
import { ChaosCrm, type CrmSettings } from "./chaos-crm.ts";
import { Dice } from "./dice.ts";
import { sendAll } from "./gameball.ts";
import type { Answered, History } from "./history.ts";
import { backlog, lookUpAll, openGate } from "./operator.ts";
import type { Options } from "./options.ts";
import { CRM_IDS, type CrmId, type Schedule, scheduleOf } from "./schedule.ts";

/** How each CRM is configured, beyond its id and URL. A short timeout makes more hanging calls of a run. */
const SETTINGS: Readonly<Record<CrmId, CrmSettings>> = {
  single: { timeout_ms: 5_000 },
  many: { timeout_ms: 5_000, batch: 25 },
  tiers: { timeout_ms: 5_000, only_on: ["tier"], min_interval_ms: 200 },
};

const DOWN_MS = 500;
const POLL_MS = 1_000;
const PROGRESS_MS = 10_000;

/** A run that has ended. */
export interface Ended {
  /** By the clock (ms of Unix time); the schedule counts from here. */
  readonly startedAt: number;
  readonly history: History;
  /** How long it took until all was in step, once everybody was well; `null` if patience ended before. */
  readonly healedAfterSeconds: number | null;
  /** Who was behind in the end, in words. */
  readonly behind: string;
}

/** What a run needs beside its options. */
export interface RunContext {
  readonly print: (line: string) => void;
  /** How long all may take to come in step once everybody is well. */
  readonly patienceSeconds: number;
  readonly signal: AbortSignal;
}

/** Runs, and tells what came of it. Nothing of relay and CRMs is left afterwards. */
export async function run(options: Options, context: RunContext): Promise<Ended> {
  const crms = await Promise.all(
    CRM_IDS.map(async (id) => ChaosCrm.open(id, SETTINGS[id], new Dice(options.seed, id))),
  );
  try {
    const relay = await Relay.start({ DESTINATIONS: crms.map(({ destination }) => destination) });
    try {
      // Whoever waits for the relay then fails at once.
      context.signal.addEventListener("abort", () => void relay.kill());
      context.signal.throwIfAborted();
      return await new Run(scheduleOf(options), relay, crms, context).run();
    } finally {
      await relay.stop();
    }
  } finally {
    await Promise.all(crms.map(async (crm) => crm.close()));
  }
}

class Run {
  readonly #schedule: Schedule;
  readonly #relay: Relay;
  readonly #crms: readonly ChaosCrm[];
  readonly #context: RunContext;
  readonly #startedAt = Date.now();
  readonly #answered: Answered[] = [];
  readonly #kills: number[] = [];

  constructor(schedule: Schedule, relay: Relay, crms: readonly ChaosCrm[], context: RunContext) {
    this.#schedule = schedule;
    this.#relay = relay;
    this.#crms = crms;
    this.#context = context;
  }

  async run(): Promise<Ended> {
    await this.#bringChaos();
    const { healedAfterSeconds, behind } = await this.#heal();
    const customers = new Set(this.#answered.map(({ update }) => update.customer));
    const known = await lookUpAll(this.#relay, [...customers]);
    const [webhooks, crms, kills] = [this.#answered, this.#crms, this.#kills];
    const history = { webhooks, crms, kills, known };
    return { startedAt: this.#startedAt, history, healedAfterSeconds, behind };
  }

  /** Until the last webhook is answered, and the relay is up after the last kill. */
  async #bringChaos(): Promise<void> {
    const over = new AbortController();
    const progress = this.#tellProgress(over.signal);
    const { webhooks } = this.#schedule;
    const { signal } = this.#context;
    const [startedAt, answered] = [this.#startedAt, this.#answered];
    try {
      // All of them end before any failure counts, so that nobody starts a relay that was stopped.
      const ended = await Promise.allSettled([
        sendAll(webhooks, this.#relay, { startedAt, signal, answered }),
        this.#killAndResume(),
        ...this.#crms.map(async (crm) => this.#ail(crm)),
      ]);
      const failed = ended.find((result) => result.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    } finally {
      over.abort();
      await progress;
    }
  }

  async #killAndResume(): Promise<void> {
    for (const atMs of this.#schedule.kills) {
      await this.#until(atMs);
      this.#kills.push(Date.now());
      await this.#relay.kill();
      await sleep(DOWN_MS);
      await this.#relay.resume();
    }
  }

  /** A CRM's way through its faults, to its recovery. */
  async #ail(crm: ChaosCrm): Promise<void> {
    for (const { fromMs, fault, isResumed } of this.#schedule.spells[crm.id]) {
      await this.#until(fromMs);
      crm.fault = fault;
      // The relay may be down just now; then nobody opens anything.
      if (isResumed) await openGate(this.#relay, crm.id).catch(() => undefined);
    }
    await this.#until(this.#schedule.durationMs);
    crm.fault = "healthy";
  }

  /** Everybody is well, and every gate is opened; the rest must come by itself. */
  async #heal(): Promise<Pick<Ended, "healedAfterSeconds" | "behind">> {
    const { print, patienceSeconds, signal } = this.#context;
    for (const { id } of this.#crms) await openGate(this.#relay, id);
    const healthyAt = Date.now();
    print("Everybody is well again; leases of what was under way at a kill last a minute.");
    for (let polls = 1; ; polls += 1) {
      const behind = await backlog(this.#relay);
      const seconds = Math.round((Date.now() - healthyAt) / 1000);
      if (behind === "") return { healedAfterSeconds: seconds, behind };
      if (seconds >= patienceSeconds) return { healedAfterSeconds: null, behind };
      if ((polls * POLL_MS) % PROGRESS_MS === 0) print(`  healing, ${seconds} s: ${behind}`);
      await sleep(POLL_MS, null, { signal });
    }
  }

  async #tellProgress(over: AbortSignal): Promise<void> {
    const { webhooks } = this.#schedule;
    for (;;) {
      const isOver = await sleep(PROGRESS_MS, false, { signal: over }).catch(() => true);
      if (isOver) return;
      const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
      const faults = this.#crms.map(({ id, fault }) => `${id} ${fault}`).join(", ");
      const sent = `${this.#answered.length} of ${webhooks.length} webhooks answered`;
      this.#context.print(`  ${seconds} s: ${sent}, ${this.#kills.length} kills; ${faults}`);
    }
  }

  async #until(atMs: number): Promise<void> {
    const { signal } = this.#context;
    await sleep(Math.max(0, this.#startedAt + atMs - Date.now()), null, { signal });
  }
}
