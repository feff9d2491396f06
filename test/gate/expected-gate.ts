// What an operator expects of a gate, with lists and tables: properties hold the real one against it.
import type { Rate } from "../../src/destinations/destination.ts";
import type { CallReport } from "../../src/gate/call.ts";
import type { Admission, Wait } from "../../src/gate/rules.ts";
import type { GateView } from "../../src/gate/view.ts";
import { ExpectedRate } from "./expected-rate.ts";
import type { Moment } from "./gate-life.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** How long a destination in trouble is left alone at first, after one probe that failed, after two … */
const WAITS_S: readonly number[] = [30, 60, 120, 240, 480, 900];

/** What is wrong with the destination. */
interface Trouble {
  readonly state: "breaker_open" | "held";
  readonly reason: string;
  readonly since: number;
  readonly failedProbes: number;
  /** When the next probe goes out, unless there is another reason to wait. */
  readonly probeAt: number;
  /** A probe is out, of which nobody has heard. */
  readonly isProbeOut: boolean;
}

/** What an operator is shown of a gate. */
type Standing = Pick<GateView, "state" | "reason" | "since" | "next_attempt_at">;

/** A gate as it is expected to be. */
export class ExpectedGate {
  readonly #rate: ExpectedRate;
  #pausedSince: number | null = null;
  /** Until when the CRM asked everybody to wait, each time that it did. */
  readonly #wishes: number[] = [];
  /** Of each call that succeeded or failed since all was well. */
  #marks: ("success" | "failure")[] = [];
  #trouble: Trouble | null = null;

  constructor(rate: Rate) {
    this.#rate = new ExpectedRate(rate);
  }

  /** Lives through a moment; what whoever asked is told. */
  follow({ step, now, heard }: Moment): Admission | null {
    if (step.do === "pause") this.#pausedSince ??= now;
    if (step.do === "resume") {
      this.#pausedSince = null;
      this.#recover();
    }
    for (const call of heard) this.#hear(call, now);
    return step.do === "ask" ? this.#ask(step.wanted, now) : null;
  }

  /** How long everybody has to wait now, and why. */
  waitAt(now: number): Wait {
    if (this.#pausedSince !== null)
      return { waitMs: 15 * MINUTE_MS, reason: "paused by an operator" };
    const asked = Math.max(0, ...this.#wishes.map((until) => until - now));
    if (this.#trouble === null)
      return { waitMs: asked, reason: asked === 0 ? null : "the destination asked to wait" };
    const { reason, probeAt, isProbeOut } = this.#trouble;
    const left = Math.max(0, probeAt - now);
    const isNewsNear = isProbeOut && left > 5 * SECOND_MS;
    return { waitMs: Math.max(asked, isNewsNear ? 5 * SECOND_MS : left), reason };
  }

  /** What an operator is shown. */
  standingAt(now: number): Standing {
    if (this.#pausedSince !== null) {
      const since = new Date(this.#pausedSince).toISOString();
      return { state: "paused", reason: "paused by an operator", since, next_attempt_at: null };
    }
    const waits = [...this.#wishes, this.#trouble?.probeAt ?? 0].filter((until) => until > now);
    const next_attempt_at = waits.length === 0 ? null : new Date(Math.max(...waits)).toISOString();
    if (this.#trouble !== null) {
      const { state, reason, since } = this.#trouble;
      return { state, reason, since: new Date(since).toISOString(), next_attempt_at };
    }
    const reason = next_attempt_at === null ? null : "the destination asked to wait";
    return { state: "open", reason, since: null, next_attempt_at };
  }

  /** Whether a probe was let through that may come back any moment, or may be lost. */
  isProbeOut(): boolean {
    return this.#trouble?.isProbeOut ?? false;
  }

  #ask(wanted: number, now: number): Admission {
    const wait = this.waitAt(now);
    if (wait.waitMs > 0) return { granted: 0, spacingMs: 0, isProbe: false, ...wait };
    const trouble = this.#trouble;
    if (trouble === null) return { ...this.#rate.ask(wanted, now), reason: null, isProbe: false };
    const grant = this.#rate.ask(1, now);
    const { reason } = trouble;
    if (grant.granted === 0) return { ...grant, reason, isProbe: false };
    this.#trouble = { ...trouble, isProbeOut: true, probeAt: now + MINUTE_MS };
    return { granted: 1, waitMs: 5 * SECOND_MS, spacingMs: 0, reason, isProbe: true };
  }

  #hear(call: CallReport, now: number): void {
    if (call.waitMs > 0) this.#wishes.push(now + call.waitMs);
    if (this.#trouble === null) this.#mark(call, now);
    else if (call.isProbe) this.#hearProbe(this.#trouble, call, now);
  }

  #mark(call: CallReport, now: number): void {
    if (call.verdict === "refused") this.#leaveAlone("held", call.error, now);
    if (call.verdict === "answered") this.#marks.push("success");
    if (call.verdict !== "failed") return;
    this.#marks.push("failure");
    const said = call.error.slice(0, 120);
    const failuresOf = (last: number) =>
      this.#marks.slice(-last).filter((mark) => mark === "failure").length;
    if (failuresOf(5) === 5)
      this.#leaveAlone("breaker_open", `5 calls in a row failed: ${said}`, now);
    else if (failuresOf(20) === 10)
      this.#leaveAlone("breaker_open", `10 of the last 20 calls failed: ${said}`, now);
  }

  #leaveAlone(state: Trouble["state"], reason: string, now: number): void {
    const probeAt = now + 30 * SECOND_MS;
    this.#trouble = { state, reason, since: now, failedProbes: 0, probeAt, isProbeOut: false };
  }

  #hearProbe(trouble: Trouble, call: CallReport, now: number): void {
    const back = { ...trouble, isProbeOut: false };
    if (call.verdict === "answered") return this.#recover();
    if (call.verdict === "busy") {
      this.#trouble = { ...back, probeAt: now };
      return;
    }
    const failedProbes = trouble.failedProbes + 1;
    const probeAt = now + (WAITS_S[failedProbes] ?? 900) * SECOND_MS;
    const why = call.verdict === "refused" ? { state: "held" as const, reason: call.error } : {};
    this.#trouble = { ...back, ...why, failedProbes, probeAt };
  }

  #recover(): void {
    this.#trouble = null;
    this.#marks = [];
  }
}
