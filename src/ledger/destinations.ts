// The destinations as a partition knows them: each policy of the configuration with its entry in the
// roster.
import type { AppliedPolicy, DestinationPolicy } from "./policy.ts";
import { apply, enrol, hear, keyOf, type RosterEntry, STRANGER, type Word } from "./roster.ts";
import type { PartitionStore } from "./store/store.ts";
import type { Settlement } from "./turn.ts";

/** All destinations of one partition, in the order of the configuration. */
export class Destinations {
  readonly #policies: readonly DestinationPolicy[];
  readonly #store: PartitionStore;
  readonly #roster: Map<string, RosterEntry>;
  /** Those that were configured when the partition was last awake, and are no longer. */
  readonly dropped: readonly string[];

  /** What is kept for a destination that is not configured any more is dropped. */
  constructor(store: PartitionStore, policies: readonly DestinationPolicy[]) {
    this.#policies = policies;
    this.#store = store;
    this.#roster = store.roster.read();
    const configured = new Set(policies.map(({ id }) => id));
    const dropped: string[] = [];
    for (const id of new Set([...this.#roster.keys(), ...configured])) {
      const known = this.#roster.get(id);
      const entry = enrol(known, configured.has(id));
      if (entry === null) continue;
      if (known !== undefined) {
        store.customers.forgetDestination(keyOf(id, known));
        store.events.forgetDestination(keyOf(id, known));
      }
      if (!entry.isConfigured) dropped.push(id);
      this.#set(id, entry);
    }
    this.dropped = dropped;
  }

  /** All policies, as they apply now. */
  all(now: number): readonly AppliedPolicy[] {
    return this.#policies.map((policy) => apply(policy, this.entry(policy.id), now));
  }

  /** One policy, as it applies now; `null` when no such destination is configured. */
  find(id: string, now: number): AppliedPolicy | null {
    const policy = this.#policies.find((other) => other.id === id);
    return policy === undefined ? null : apply(policy, this.entry(id), now);
  }

  /** What deliveries tell of their destinations' gates. Whoever had no lease has no say. */
  hear(
    heard: readonly {
      readonly policy: AppliedPolicy;
      readonly settlement: Settlement;
      readonly claimedAt: number | null;
    }[],
    now: number,
  ): void {
    for (const [id, results] of Map.groupBy(heard, ({ policy }) => policy.id)) {
      const words = results.flatMap(({ settlement, claimedAt }): Word[] =>
        claimedAt === null ? [] : [{ settlement, claimedAt }],
      );
      this.change(id, (entry) => hear(entry, words, now));
    }
  }

  /** What is known of a destination as a whole. */
  entry(id: string): RosterEntry {
    return this.#roster.get(id) ?? STRANGER;
  }

  /** Changes what is known of a destination; written only when it did change. */
  change(id: string, change: (entry: RosterEntry) => RosterEntry): void {
    const before = this.entry(id);
    const after = change(before);
    if (after !== before) this.#set(id, after);
  }

  #set(id: string, entry: RosterEntry): void {
    this.#roster.set(id, entry);
    this.#store.roster.write(id, entry);
  }
}
