// The Durable Object of one partition: it loads, applies the partition's rules in one synchronous
// transaction, stores, and sets the alarm. It decides nothing itself.
import { DurableObject } from "cloudflare:workers";
import { configurationOf } from "../config.ts";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import { type LedgerApi, ledgerOf, type Refusal } from "./client.ts";
import type { Doorbell } from "./doorbell.ts";
import {
  type ClaimedCustomer,
  Partition,
  type RecordResult,
  type SettledDelivery,
  type Woken,
} from "./partition.ts";
import { policiesOf } from "./policy.ts";
import { SqlPartitionStore } from "./store.ts";
import { newestProfile } from "./standing.ts";
import { type DeliveriesView, viewDeliveries } from "./view.ts";

const PARTITIONS_KEY = "partitions";

/** Until the alarm looks again after a failure of its own; doubling, at most a minute. */
const ALARM_RETRY_MS = 1_000;
const MAX_ALARM_RETRY_MS = 60_000;

/** One partition of the ledger. Its name is its number. */
export class Ledger extends DurableObject<Env> implements LedgerApi {
  readonly #number: number;
  /** `null` while the configuration is wrong: then nothing is taken and nothing is lost. */
  readonly #partition: Partition | null;
  readonly #store: SqlPartitionStore;
  readonly #count: number;
  #agreed: number | undefined;
  #alarmAt: number | null = null;
  #alarmFailures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#number = Number(ctx.id.name);
    this.#store = new SqlPartitionStore(ctx.storage.sql);
    const configured = configurationOf(env);
    this.#partition = configured.ok
      ? new Partition(this.#store, policiesOf(configured.configuration.destinations))
      : null;
    this.#count = configured.ok ? configured.configuration.ledgerPartitions : 0;
    this.#agreed = ctx.storage.kv.get<number>(PARTITIONS_KEY);
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = await ctx.storage.getAlarm();
    });
  }

  async record(event: ProfileEvent, digest: string): Promise<RecordResult | Refusal> {
    const partition = this.#partition;
    if (partition === null) return refuse("the configuration is wrong");
    this.#agreed ??= await this.#agree();
    if (this.#agreed !== this.#count) {
      return refuse(`the ledger has ${this.#agreed} partitions, configured are ${this.#count}`);
    }
    return this.#transact(() => partition.record(event, digest, Date.now()));
  }

  async notify(): Promise<Refusal> {
    return refuse("notifications cannot be kept yet");
  }

  async claim(limit: number): Promise<ClaimedCustomer[]> {
    const partition = this.#partition;
    if (partition === null) return [];
    const context = { now: Date.now(), leaseId: crypto.randomUUID() };
    return this.#transact(() => partition.claim(limit, context));
  }

  async settle(settled: readonly SettledDelivery[]): Promise<void> {
    const context = { now: Date.now(), random: Math.random };
    await this.#transact(() => this.#partition?.settle(settled, context) ?? NOTHING);
  }

  async erase(customerId: CustomerId, digest: string): Promise<void> {
    await this.#transact(() => this.#partition?.erase(customerId, digest, Date.now()) ?? NOTHING);
  }

  async profile(customerId: CustomerId): Promise<Profile | null> {
    const state = this.#store.read(customerId);
    return state === null ? null : newestProfile(state);
  }

  async deliveries(customerId: CustomerId): Promise<DeliveriesView | null> {
    const state = this.#store.read(customerId);
    if (state === null || newestProfile(state) === null) return null;
    return viewDeliveries(customerId, state, Date.now());
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
    this.#alarmAt = null;
    try {
      const partition = this.#partition;
      if (partition === null) {
        await this.#arm(Date.now() + MAX_ALARM_RETRY_MS);
        return;
      }
      const doorbells = await this.#transact(() => partition.alarm(Date.now()));
      await this.#ring(doorbells);
      this.#alarmFailures = 0;
    } catch (error) {
      this.#partition?.ringFailed();
      const wait = Math.min(ALARM_RETRY_MS * 2 ** this.#alarmFailures, MAX_ALARM_RETRY_MS);
      this.#alarmFailures += 1;
      log({ event: "ledger.alarm_failed", partition: this.#number, error: String(error) });
      await this.#arm(Date.now() + wait);
    }
  }

  async #ring(doorbells: number): Promise<void> {
    const body: Doorbell = { partition: this.#number };
    const messages = Array.from({ length: doorbells }, () => ({ body }));
    if (messages.length > 0) await this.env.DELIVERIES.sendBatch(messages);
  }

  /** Runs one transition, whole or not at all, and arms the alarm in the same write. */
  async #transact<T>(transition: () => Woken<T>): Promise<T> {
    const { result, wakeAt } = this.ctx.storage.transactionSync(transition);
    if (wakeAt !== null) await this.#arm(wakeAt);
    return result;
  }

  async #arm(wakeAt: number): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= wakeAt) return;
    this.#alarmAt = wakeAt;
    await this.ctx.storage.setAlarm(wakeAt);
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

const NOTHING: Woken<null> = { result: null, wakeAt: null };

function refuse(reason: string): Refusal {
  return { outcome: "refused", reason };
}
