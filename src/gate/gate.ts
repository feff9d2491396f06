// The Durable Object around one destination's gate: it applies the gate's rules, stores what must
// outlive it, and alerts. It decides nothing itself.
import { DurableObject } from "cloudflare:workers";
import { Alarm } from "../alarm.ts";
import type { Alert, AlertTarget } from "../alerts/alert.ts";
import { sendAlert } from "../alerts/send.ts";
import { configurationOf } from "../config.ts";
import type { Destination, Rate } from "../destinations/destination.ts";
import { type Access, noAccess } from "../destinations/oauth.ts";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import { type Told, tellBacklog, tellDeadLetter, tellTransition, UNTOLD } from "./alerts.ts";
import type { CallReport } from "./call.ts";
import { acceptJob, type Job, keepJob, lendJob, type Reminder } from "./jobs.ts";
import {
  admit,
  type Admission,
  FRESH,
  type GateState,
  opensAt,
  pause,
  report,
  resume,
  type Wait,
  waitOf,
} from "./rules.ts";
import { GateStore } from "./store.ts";
import { TokenCache } from "./token.ts";
import { conditionOf, type GateHistory, type GateView, viewGate } from "./view.ts";
import type { GateApi } from "./client.ts";

/** The configuration may be on its way to this object, so ask again. */
const NOT_CONFIGURED: Admission = {
  granted: 0,
  waitMs: 5_000,
  spacingMs: 0,
  reason: "is not configured",
  isProbe: false,
};

/** The configuration may be on its way to this object, so ask again. */
const NO_TOKEN = noAccess("it is not configured");

/** Jobs that a consumer asks for at a time. */
const MAX_JOBS = 5;
/** Where there are more, another consumer is sent for after this. */
const REMIND_OTHERS_MS = 15_000;
/** A reminder that nobody answered is sent again after this. */
const REMIND_AGAIN_MS = 60_000;

const fetcher: typeof fetch = (...args) => fetch(...args);

/** The tokens of a destination; `null` where it has none that expire. */
function tokensOf(destination: Destination | null, store: GateStore): TokenCache | null {
  if (destination === null || destination.oauth === null) return null;
  const { oauth, secrets, url } = destination;
  return new TokenCache(oauth, { store, fetcher, secrets: [...secrets, url, oauth.tokenUrl] });
}

/** A destination's gate. Its name is the destination's id. */
export class Gate extends DurableObject<Env> implements GateApi {
  readonly #id: string;
  readonly #rate: Rate | null;
  readonly #alerts: AlertTarget | null;
  readonly #store: GateStore;
  readonly #alarm: Alarm;
  #state: GateState;
  #told: Told;
  readonly #tokens: TokenCache | null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#id = ctx.id.name ?? "";
    const configured = configurationOf(env);
    const configuration = configured.ok ? configured.configuration : null;
    const destination = configuration?.destinations.find(({ id }) => id === this.#id) ?? null;
    this.#rate = destination?.rate ?? null;
    this.#alerts = configuration?.alerts ?? null;
    this.#store = new GateStore(ctx.storage);
    this.#alarm = new Alarm(ctx);
    this.#state = { ...FRESH, latch: this.#store.readLatch() };
    this.#told = this.#store.readTold();
    this.#tokens = tokensOf(destination, this.#store);
  }

  async admit(wanted: number): Promise<Admission> {
    if (this.#rate === null) return NOT_CONFIGURED;
    const { state, admission } = admit(this.#state, wanted, this.#rate, Date.now());
    this.#become(state);
    return admission;
  }

  async report(calls: readonly CallReport[]): Promise<Wait> {
    const now = Date.now();
    const before = this.#state.latch;
    this.#become(report(this.#state, calls, now));
    this.#store.figures.count(calls, now);
    this.#store.addFailures(calls, now);
    const about = { destination: this.#id, at: now, calls };
    const { told, alert } = tellTransition(this.#told, before, this.#state.latch, about);
    this.#tell(told);
    if (alert !== null) this.#send(alert);
    return waitOf(this.#state, now);
  }

  async accessToken(rejected: string | null): Promise<Access> {
    return (await this.#tokens?.get(rejected, Date.now())) ?? NO_TOKEN;
  }

  async expectJob(id: string): Promise<void> {
    const job = acceptJob(id, Date.now());
    this.#store.writeJob(job);
    await this.#alarm.arm(job.askAt);
  }

  async dueJobs(): Promise<readonly Job[]> {
    const now = Date.now();
    const jobs = this.#store.jobsDue(now, MAX_JOBS).map((job) => lendJob(job, now));
    for (const job of jobs) this.#store.writeJob(job);
    if (jobs.length === MAX_JOBS) await this.#alarm.arm(now + REMIND_OTHERS_MS);
    return jobs;
  }

  async keepJob(id: string, next: string | null): Promise<void> {
    const job = this.#store.readJob(id);
    if (job === null) return;
    const kept = keepJob(job, next, Date.now());
    this.#store.writeJob(kept);
    await this.#alarm.arm(kept.askAt);
  }

  async endJob(id: string): Promise<void> {
    this.#store.removeJob(id);
  }

  /** Reminds the consumers of jobs. Like the ledger's alarm it never throws, or the platform gives up on it. */
  override async alarm(): Promise<void> {
    this.#alarm.wentOff();
    const now = Date.now();
    const isDue = this.#store.jobsDue(now, 1).length > 0;
    if (isDue && this.#rate !== null) await this.#remind();
    const times = [this.#store.nextAskAt(now), isDue ? now + REMIND_AGAIN_MS : null];
    const next = Math.min(...times.filter((time) => time !== null));
    if (Number.isFinite(next)) await this.#alarm.arm(next);
  }

  async pause(): Promise<void> {
    this.#become(pause(this.#state, Date.now()));
  }

  async resume(): Promise<void> {
    this.#become(resume(this.#state));
  }

  async forget(): Promise<void> {
    if (this.#rate !== null) return;
    this.#store.forget();
    this.#state = FRESH;
    this.#told = UNTOLD;
  }

  async view(): Promise<GateView> {
    const minutes = this.#store.figures.minutes();
    return viewGate(this.#state.latch, minutes, this.#store.failures(), Date.now());
  }

  async history(): Promise<GateHistory> {
    return { view: await this.view(), quarters: this.#store.figures.quarters(Date.now()) };
  }

  async deadLettered(reason: string): Promise<void> {
    const now = Date.now();
    const isNews = this.#tell(tellDeadLetter(this.#told, now));
    if (isNews) this.#send({ destination: this.#id, at: now, kind: "dead_letter", reason });
  }

  async backlog(oldestSince: number | null, customers: number): Promise<void> {
    const now = Date.now();
    const isNews = this.#tell(tellBacklog(this.#told, oldestSince, now));
    if (isNews && this.#told.backlog && oldestSince !== null) {
      const alert = { destination: this.#id, at: now, kind: "backlog" } as const;
      this.#send({ ...alert, oldestSince, customers });
    }
  }

  async #remind(): Promise<void> {
    const reminder: Reminder = { destination: this.#id };
    try {
      await this.env.DELIVERIES.send(reminder);
    } catch (error) {
      log({ event: "consumer.failed", destination: this.#id }, error);
    }
  }

  #become(next: GateState): void {
    const before = this.#state.latch;
    this.#state = next;
    const { latch } = next;
    if (latch === before) return;
    this.#store.writeLatch(latch);
    const state = conditionOf(latch);
    if (state === conditionOf(before)) return;
    const until = opensAt(latch);
    log({ event: "destination.state_changed", destination: this.#id, state, until });
  }

  /** Keeps what the operator was told; whether that is something new. */
  #tell(told: Told): boolean {
    if (told === this.#told) return false;
    this.#told = told;
    this.#store.writeTold(told);
    return true;
  }

  /** Alerts behind everybody's back: no delivery waits for it. */
  #send(alert: Alert): void {
    if (this.#alerts === null) return;
    this.ctx.waitUntil(sendAlert(alert, this.#alerts, { fetcher, now: alert.at }));
  }
}
