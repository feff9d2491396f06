// The Durable Object of one partition: it loads, applies the partition's rules in one synchronous
// transaction, stores, and sets the alarm. It decides nothing itself.
import { DurableObject } from "cloudflare:workers";
import { Alarm } from "../alarm.ts";
import { configurationOf } from "../config.ts";
import type { Env } from "../env.ts";
import { gateOf } from "../gate/client.ts";
import { log } from "../log.ts";
import { type CustomerId, digestCustomerId, shortDigest } from "../profile/customer-id.ts";
import type { NotificationEvent } from "../profile/notification.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import { type LedgerApi, ledgerOf, type Refusal } from "./client.ts";
import type { CustomerView } from "./customer-view.ts";
import type { DeadLetterPlace } from "./dead-letter.ts";
import { ring } from "./doorbell.ts";
import type { DeadLetterPage, Operator, ProfilePage, Survey } from "./operator.ts";
import {
  type Buried,
  type Claimed,
  Partition,
  type RecordResult,
  type SettledDelivery,
  type Woken,
} from "./partition.ts";
import { type DestinationPolicy, policiesOf, PROFILE_STORE } from "./policy.ts";
import type { SweepKind, SweepOrder } from "./roster.ts";
import type { Refutation } from "./profiles/refute.ts";
import { newestProfile } from "./profiles/standing.ts";
import { PartitionStore } from "./store/store.ts";
import type { DeliveriesView } from "./view.ts";

const PARTITIONS_KEY = "partitions";

/** Until the alarm tries again what failed; doubling, at most a minute. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** One partition of the ledger. Its name is its number. */
export class Ledger extends DurableObject<Env> implements LedgerApi {
  readonly #number: number;
  /** `null` while the configuration is wrong: then nothing is taken and nothing is lost. */
  readonly #policies: readonly DestinationPolicy[] | null;
  #store: PartitionStore;
  readonly #count: number;
  readonly #alarm: Alarm;
  #partition: Partition | null;
  #agreed: number | undefined;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#number = Number(ctx.id.name);
    this.#store = new PartitionStore(ctx.storage.sql);
    this.#alarm = new Alarm(ctx);
    const configured = configurationOf(env);
    this.#policies = configured.ok ? policiesOf(configured.configuration.destinations) : null;
    this.#count = configured.ok ? configured.configuration.ledgerPartitions : 0;
    this.#partition = this.#load();
    this.#agreed = ctx.storage.kv.get<number>(PARTITIONS_KEY);
    for (const id of this.#partition?.dropped ?? []) ctx.waitUntil(forgetGate(env, id));
  }

  async record(event: ProfileEvent, digest: string): Promise<RecordResult | Refusal> {
    return this.#take((partition) => partition.record(event, digest, Date.now()));
  }

  async notify(event: NotificationEvent, digest: string): Promise<RecordResult | Refusal> {
    return this.#take((partition) => partition.notify(event, digest, Date.now()));
  }

  async claim(limit: number): Promise<Claimed> {
    const context = { now: Date.now(), leaseId: crypto.randomUUID() };
    const claimed = await this.#transact((partition) => partition.claim(limit, context));
    return claimed ?? { customers: [], events: [] };
  }

  async settle(settled: readonly SettledDelivery[]): Promise<void> {
    const context = { now: Date.now(), random: Math.random };
    await this.#transact((partition) => partition.settle(settled, context));
  }

  async erase(customerId: CustomerId, digest: string): Promise<void> {
    await this.#transact((partition) => partition.erase(customerId, digest, Date.now()));
  }

  async profile(customerId: CustomerId): Promise<Profile | null> {
    const state = this.#store.customers.read(customerId);
    return state === null ? null : newestProfile(state);
  }

  async deliveries(customerId: CustomerId): Promise<DeliveriesView | null> {
    return this.#steer((operator, now) => operator.deliveries(customerId, now));
  }

  async customer(customerId: CustomerId): Promise<CustomerView | null> {
    return this.#steer((operator, now) => operator.customer(customerId, now));
  }

  async open(destination: string): Promise<number> {
    return (await this.#transact((partition) => partition.open(destination, Date.now()))) ?? 0;
  }

  async resync(customerId: CustomerId, destination: string | null): Promise<boolean> {
    const isDone = this.#steer((operator, now) => operator.resync(customerId, destination, now));
    return (await isDone) ?? false;
  }

  async replay(customerIds: readonly CustomerId[], destination: string): Promise<void> {
    await this.#steer((operator, now) => operator.replay(customerIds, destination, now));
  }

  async sweep(destination: string, kind: SweepKind, order: SweepOrder): Promise<number> {
    const now = Date.now();
    const doorbells = this.#transact((partition) => partition.sweep(destination, kind, order, now));
    return (await doorbells) ?? 0;
  }

  async refute(destination: string, refutation: Refutation): Promise<void> {
    await this.#transact((partition) => partition.refute(destination, refutation, Date.now()));
  }

  async redo(destination: string, job: string, reason: string): Promise<void> {
    await this.#transact((partition) => partition.redo(destination, job, reason, Date.now()));
  }

  async survey(): Promise<ReadonlyMap<string, Survey>> {
    return (await this.#steer((operator, now) => operator.survey(now))) ?? new Map();
  }

  async deadLetters(
    destination: string,
    after: DeadLetterPlace | null,
    limit: number,
  ): Promise<DeadLetterPage> {
    const page = await this.#steer((operator, now) =>
      operator.deadLetters(destination, after, limit, now),
    );
    return page ?? { letters: [], next: null };
  }

  async findByEmail(email: string, after: string, limit: number): Promise<ProfilePage> {
    const page = await this.#steer((operator) => operator.findByEmail(email, after, limit));
    return page ?? { profiles: [], next: null };
  }

  async behind(destination: string, after: string, limit: number): Promise<ProfilePage> {
    const page = await this.#steer((operator, now) =>
      operator.behind(destination, after, limit, now),
    );
    return page ?? { profiles: [], next: null };
  }

  /** The count this partition was first used with, which from now on is `count` if there was none. */
  async agreeOnPartitions(count: number): Promise<number> {
    if (this.#agreed === undefined) {
      this.#agreed = count;
      this.ctx.storage.kv.put(PARTITIONS_KEY, count);
    }
    return this.#agreed;
  }

  /** Rings the consumers. The platform gives up on an alarm after six throws, so it never throws. */
  override async alarm(): Promise<void> {
    this.#alarm.wentOff();
    try {
      const doorbells = await this.#transact((partition) => partition.alarm(Date.now()));
      if (doorbells === null) await this.#alarm.arm(Date.now() + MAX_RETRY_MS);
      else await this.#ring(doorbells);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** Rings, or lets the alarm ring later. Never throws. */
  async #ring(times: number): Promise<void> {
    try {
      await ring(this.env.DELIVERIES, [{ partition: this.#number, times }]);
      this.#failures = 0;
    } catch (error) {
      await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<void> {
    this.#partition?.ringFailed();
    const wait = Math.min(RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    log({ event: "ledger.alarm_failed", partition: this.#number }, error);
    await this.#alarm.arm(Date.now() + wait);
  }

  #load(): Partition | null {
    return this.#policies === null ? null : new Partition(this.#store, this.#policies);
  }

  /** Takes a webhook, unless the relay is not what it was. */
  async #take(
    transition: (partition: Partition) => Woken<RecordResult>,
  ): Promise<RecordResult | Refusal> {
    if (this.#partition === null) return refuse("the configuration is wrong");
    this.#agreed ??= await this.#agree();
    if (this.#agreed !== this.#count) {
      return refuse(`the ledger has ${this.#agreed} partitions, configured are ${this.#count}`);
    }
    return (await this.#transact(transition)) ?? refuse("the configuration is wrong");
  }

  async #steer<T>(act: (operator: Operator, now: number) => T): Promise<T | null> {
    const now = Date.now();
    return this.#transact((partition) => partition.steer((operator) => act(operator, now), now));
  }

  /**
   * Runs one transition, whole or not at all, and arms the alarm in the same write; `null` while the
   * configuration is wrong.
   */
  async #transact<T>(transition: (partition: Partition) => Woken<T>): Promise<T | null> {
    const partition = this.#partition;
    if (partition === null) return null;
    try {
      const { result, wakeAt, doorbells, buried } = this.ctx.storage.transactionSync(() =>
        transition(partition),
      );
      if (wakeAt !== null) await this.#alarm.arm(wakeAt);
      if (doorbells > 0) this.ctx.waitUntil(this.#ring(doorbells));
      if (buried.length > 0) this.ctx.waitUntil(this.#announce(buried));
      return result;
    } catch (error) {
      // What partition and store remember may be of a transaction that was undone.
      this.#store = new PartitionStore(this.ctx.storage.sql);
      this.#partition = this.#load();
      throw error;
    }
  }

  /** Logs what was given up on, and lets the gates tell an operator. */
  async #announce(buried: readonly Buried[]): Promise<void> {
    for (const { destination, customerId, reason } of buried) {
      const customer = shortDigest(await digestCustomerId(customerId));
      log({ event: "delivery.dead_lettered", destination, customer, reason });
    }
    for (const [destination, [first]] of Map.groupBy(buried, (one) => one.destination)) {
      if (first === undefined || destination === PROFILE_STORE) continue;
      await gateOf(this.env, destination).deadLettered(first.reason);
    }
  }

  /**
   * Learns the count from partition 0 once, before the first record: a partition that comes to life
   * because the count was raised would otherwise begin a second history of its customers.
   */
  async #agree(): Promise<number> {
    if (this.#number === 0) return this.agreeOnPartitions(this.#count);
    return this.agreeOnPartitions(await ledgerOf(this.env, 0).agreeOnPartitions(this.#count));
  }
}

/** A destination's gate is forgotten with it. */
async function forgetGate(env: Env, destination: string): Promise<void> {
  await gateOf(env, destination)
    .forget()
    .catch((error: unknown) => log({ event: "request.failed" }, error));
}

function refuse(reason: string): Refusal {
  return { outcome: "refused", reason };
}
