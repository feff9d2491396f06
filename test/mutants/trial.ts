// Puts mutants before a judge, which is replaced when it never ends, or has grown old.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type Answer, type Case, readAnswer } from "./case.ts";

/** What became of a mutant. `timed out` counts as noticed: the tests would never have ended. */
export type Verdict = "survived" | "killed" | "timed out";

/** What judges go by. */
export interface Rules {
  /** Of what is random in the tests. */
  readonly seed: number;
  /** Schedules of the ledger that a mutant has to survive. */
  readonly schedules: number;
}

/** A judge that somebody else ended, as happens where a machine is shared, is replaced so often. */
const MAX_TRIES = 3;
/** Modules are never unloaded: after so many cases a judge is sent home. */
const MAX_CASES = 200;

/** The court: one judge at a time. */
export class Court {
  readonly #rules: Rules;
  #judge: ChildProcess | null = null;
  #cases = 0;
  #complaint = "";

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Tries one case. Throws when no judgement came of it. */
  async try(given: Case, timeoutMs: number): Promise<Verdict> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const answer = await this.#ask(given, timeoutMs);
      if (answer === "timed out") return answer;
      if (answer !== null) return answer.failure === null ? "survived" : "killed";
    }
    throw new Error(`No judge of ${given.file} answered: ${this.#complaint}`);
  }

  /** Sends the judge home. */
  adjourn(): void {
    this.#judge?.kill("SIGKILL");
    this.#judge = null;
  }

  /** `null` when the judge ended before it answered. */
  async #ask(given: Case, timeoutMs: number): Promise<Answer | "timed out" | null> {
    const judge = this.#appoint();
    const patience = AbortSignal.timeout(timeoutMs);
    const stop = new AbortController();
    const signal = AbortSignal.any([patience, stop.signal]);
    judge.send(given);
    try {
      const answered = once(judge, "message", { signal }).then(([message]) => readAnswer(message));
      const ended = once(judge, "exit", { signal }).then(() => null);
      const answer = await Promise.race([answered, ended]);
      if (answer === null) this.#judge = null;
      return answer;
    } catch (error) {
      this.adjourn();
      if (patience.aborted) return "timed out";
      throw error;
    } finally {
      stop.abort();
    }
  }

  #appoint(): ChildProcess {
    this.#cases += 1;
    if (this.#cases % MAX_CASES === 0) this.adjourn();
    if (this.#judge !== null) return this.#judge;
    const { seed, schedules } = this.#rules;
    const judge = fork(`${import.meta.dirname}/judge.ts`, {
      env: { ...process.env, SEED: String(seed), SCHEDULES: String(schedules) },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#complaint = "";
    judge.stderr?.on("data", (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-2_000);
    });
    this.#judge = judge;
    return judge;
  }
}
