// The ledger as a whole: what is asked of all partitions, side by side, where no customer says which.
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import { type CustomerId, digestCustomerId } from "../profile/customer-id.ts";
import type { Profile } from "../profile/profile.ts";
import { type LedgerApi, ledgerOf, partitionOf } from "./client.ts";
import type { DeadLetter, DeadLetterPlace } from "./dead-letter.ts";
import { ring } from "./doorbell.ts";
import type { ProfilePage, Survey } from "./operator.ts";
import type { Refutation } from "./profiles/refute.ts";
import type { SweepKind } from "./roster.ts";
import { sumSurveys } from "./sum.ts";

/** Where a page begins: behind a place in a partition. Of a page of profiles its number is 0. */
export interface LedgerPlace extends DeadLetterPlace {
  readonly partition: number;
}

/** Some profiles, by partition and customer, and the place behind them; `null` when there are no more. */
export interface FoundProfiles {
  readonly profiles: readonly Profile[];
  readonly next: LedgerPlace | null;
}

/** How a destination stands in all partitions, by its id. */
export type SurveyOf = (destination: string) => Survey;

/** Before everything in a partition. */
const BEGINNING: DeadLetterPlace = { customerId: "", number: 0 };

/** Before everything there is. */
export const FIRST_PLACE: LedgerPlace = { partition: 0, ...BEGINNING };

/**
 * All partitions. Destinations are named by their ids. Where it is not said otherwise, a partition that is
 * out of reach makes a method throw, and all of it may be asked again.
 */
export class WholeLedger {
  readonly #env: Env;
  readonly #count: number;

  /** `count` is the number of partitions. */
  constructor(env: Env, count: number) {
    this.#env = env;
    this.#count = count;
  }

  /** Asks each partition once; the answer tells of any destination. */
  async survey(): Promise<SurveyOf> {
    const answers = await this.#ask(async (partition) => partition.survey());
    return (destination) => sumSurveys(answers.flatMap((answer) => answer.get(destination) ?? []));
  }

  /**
   * Lets go what a destination's gate had held, and rings once for all partitions, so that one run of the
   * consumer answers them together. Never throws: who is not told now asks the gate later.
   */
  async open(destination: string): Promise<void> {
    const ringing = await this.#ask(async (ledger, partition) => {
      const times = await ledger.open(destination).catch(missed);
      return { partition, times };
    });
    await ring(this.#env.DELIVERIES, ringing).catch(missed);
  }

  /**
   * Goes through all customers, or all dead letters, of a destination, and rings once for the first of all
   * partitions. While that goes on anywhere, it only begins in partitions that were not reached before.
   */
  async sweep(
    destination: string,
    kind: SweepKind,
    { all, now }: { readonly all: boolean; readonly now: number },
  ): Promise<void> {
    const surveyOf = await this.survey();
    const known = surveyOf(destination)[kind];
    const startedAt = known?.finishedAt === null ? known.startedAt : now;
    const ringing = await this.#ask(async (ledger, partition) => {
      return { partition, times: await ledger.sweep(destination, kind, { startedAt, all }) };
    });
    await ring(this.#env.DELIVERIES, ringing).catch(missed);
  }

  /** Tries the dead letters of some customers again. */
  async replay(customerIds: readonly CustomerId[], destination: string): Promise<void> {
    const placed = await Promise.all(
      customerIds.map(async (customerId) => {
        const partition = partitionOf(await digestCustomerId(customerId), this.#count);
        return { customerId, partition };
      }),
    );
    const groups = Map.groupBy(placed, ({ partition }) => partition);
    await Promise.all(
      [...groups].map(async ([partition, group]) => {
        const ids = group.map(({ customerId }) => customerId);
        await ledgerOf(this.#env, partition).replay(ids, destination);
      }),
    );
  }

  /** At most `limit` dead letters from a place on, and the place behind them; `null` when there are no more. */
  async deadLetters(
    destination: string,
    from: LedgerPlace,
    limit: number,
  ): Promise<{ readonly letters: readonly DeadLetter[]; readonly next: LedgerPlace | null }> {
    const letters: DeadLetter[] = [];
    let after: DeadLetterPlace = from;
    for (let { partition } = from; partition < this.#count; partition += 1) {
      const room = limit - letters.length;
      if (room === 0) return { letters, next: { partition, ...BEGINNING } };
      const page = await ledgerOf(this.#env, partition).deadLetters(destination, after, room);
      letters.push(...page.letters);
      if (page.next !== null) return { letters, next: { partition, ...page.next } };
      after = BEGINNING;
    }
    return { letters, next: null };
  }

  /**
   * Customers with an e-mail address, whatever its case, from a place on, at most `limit`; fewer though more
   * follow when profiles are large. All partitions are asked at once, since few customers share an address.
   */
  async findByEmail(email: string, from: LedgerPlace, limit: number): Promise<FoundProfiles> {
    const pages = await this.#ask(async (ledger, partition): Promise<ProfilePage> => {
      if (partition < from.partition) return { profiles: [], next: null };
      const after = partition === from.partition ? from.customerId : "";
      return ledger.findByEmail(email, after, limit);
    });
    const profiles: Profile[] = [];
    for (const [partition, page] of pages.entries()) {
      const taken = page.profiles.slice(0, limit - profiles.length);
      profiles.push(...taken);
      const isCut = taken.length < page.profiles.length;
      const customerId = isCut ? (taken.at(-1)?.customer_id ?? "") : page.next;
      if (customerId !== null) return { profiles, next: { ...BEGINNING, partition, customerId } };
    }
    return { profiles, next: null };
  }

  /**
   * Customers that a destination is behind with, from a place on, at most `limit`; fewer though more follow
   * when profiles are large. Partition by partition, only as many as the page needs.
   */
  async behind(destination: string, from: LedgerPlace, limit: number): Promise<FoundProfiles> {
    const profiles: Profile[] = [];
    let after = from.customerId;
    for (let { partition } = from; partition < this.#count; partition += 1) {
      const room = limit - profiles.length;
      if (room === 0) return { profiles, next: { ...BEGINNING, partition } };
      const page = await ledgerOf(this.#env, partition).behind(destination, after, room);
      profiles.push(...page.profiles);
      const customerId = page.next;
      if (customerId !== null) return { profiles, next: { ...BEGINNING, partition, customerId } };
      after = "";
    }
    return { profiles, next: null };
  }

  /** A destination's job refused some of those that it had accepted. */
  async refute(destination: string, refutation: Refutation): Promise<void> {
    await this.#ask(async (ledger) => ledger.refute(destination, refutation));
  }

  /** A destination's job is lost, and why: what it was to write is sent again. */
  async redo(destination: string, job: string, reason: string): Promise<void> {
    await this.#ask(async (ledger) => ledger.redo(destination, job, reason));
  }

  async #ask<T>(question: (ledger: LedgerApi, partition: number) => Promise<T>): Promise<T[]> {
    const partitions = Array.from({ length: this.#count }, (_, partition) => partition);
    return Promise.all(
      partitions.map(async (partition) => question(ledgerOf(this.#env, partition), partition)),
    );
  }
}

/** A partition, or the queue, is out of reach: no doorbell now. */
function missed(error: unknown): number {
  log({ event: "request.failed" }, error);
  return 0;
}
