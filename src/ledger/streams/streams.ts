// The streams of a partition: it applies the rules of one stream to the store.
import type { Changes } from "../../profile/changes.ts";
import type { CustomerId } from "../../profile/customer-id.ts";
import { type AppliedPolicy, LEASE_MS } from "../policy.ts";
import { GIVEN_UP, REFUSED } from "../profiles/standing.ts";
import type { EventTable, StreamName } from "../store/events.ts";
import type { Settlement } from "../turn.ts";
import type { Content, QueuedEvent } from "./event.ts";
import * as rules from "./stream.ts";

const OVERFLOWN = `more than ${rules.MAX_WAITING} events waited`;

/** One event as claimed: what to send, and under which lease to settle it. */
export interface ClaimedEvent {
  readonly customerId: CustomerId;
  readonly destination: string;
  readonly leaseId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly content: Content;
  /** Against the profile that was sent last; `null` when there is none, or no profile to send. */
  readonly changes: Changes | null;
}

/** Told of each event that is given up on. */
type OnDead = (customerId: CustomerId, policy: AppliedPolicy, reason: string) => void;

/** All streams of one partition. */
export class Streams {
  readonly #events: EventTable;
  readonly #onDead: OnDead;

  constructor(events: EventTable, onDead: OnDead) {
    this.#events = events;
    this.#onDead = onDead;
  }

  /** Puts an event behind those that wait. When they are too many, the first of them is given up on. */
  append(customerId: CustomerId, policy: AppliedPolicy, content: Content, now: number): void {
    const name = { customerId, key: policy.key };
    const stream = rules.append(this.#events.readStream(name), content, { policy, now });
    this.#events.append(name, stream.newest, content, now);
    const oldest =
      stream.waiting > rules.MAX_WAITING
        ? this.#events.first(name, stream.first, stream.lease?.sequence)
        : null;
    const kept =
      oldest === null ? stream : this.#bury(name, policy, stream, oldest, OVERFLOWN, now);
    this.#write(name, policy, kept);
  }

  /** A consumer takes the first event that waits, unless there is nothing to do for now. */
  claim(
    name: StreamName,
    policy: AppliedPolicy,
    context: { readonly now: number; readonly leaseId: string },
  ): ClaimedEvent | null {
    let stream = this.#events.readStream(name);
    while (stream !== null) {
      const step = rules.next(stream, this.#events.first(name, stream.first), {
        ...context,
        policy,
      });
      switch (step.kind) {
        case "wait":
          this.#write(name, policy, step.stream);
          return null;
        case "deliver": {
          this.#write(name, policy, step.stream);
          const { customerId } = name;
          const { content } = step.event;
          const attempt = step.stream.failures + 1;
          const { changes } = step;
          const { leaseId } = context;
          return { customerId, destination: policy.id, leaseId, attempt, content, changes };
        }
        case "skip":
          this.#events.remove(name, step.event.number);
          stream = this.#leave(name, step.stream);
          break;
        case "bury":
          stream = this.#bury(name, policy, stream, step.event, GIVEN_UP, context.now);
      }
    }
    return null;
  }

  /** A consumer settles the event it claimed; when it had claimed it, or `null` when its lease is over. */
  settle(
    result: {
      readonly customerId: CustomerId;
      readonly policy: AppliedPolicy;
      readonly leaseId: string;
      readonly settlement: Settlement;
    },
    context: { readonly now: number; readonly random: number },
  ): number | null {
    const { customerId, policy, leaseId, settlement } = result;
    const name = { customerId, key: policy.key };
    const known = this.#events.readStream(name);
    if (known?.lease == null || known.lease.id !== leaseId) return null;
    const event = this.#events.read(name, known.lease.sequence);
    if (event === null) return null;
    let { stream, fate } = rules.settle(known, event, settlement, context);
    switch (fate) {
      case "acknowledged":
        this.#events.remove(name, event.number);
        stream = this.#leave(name, stream);
        break;
      case "refused":
        stream = this.#bury(name, policy, stream, event, REFUSED, context.now);
        break;
      case "waits":
    }
    this.#write(name, policy, stream);
    return known.lease.until - LEASE_MS;
  }

  /** The destination's gate lets a stream through again. */
  release(customerId: CustomerId, policy: AppliedPolicy): void {
    const name = { customerId, key: policy.key };
    const stream = this.#events.readStream(name);
    if (stream?.held != null) this.#write(name, policy, { ...stream, held: null });
    else this.#events.dropHold(name);
  }

  /** All dead letters of a stream wait again, before what is newer. */
  replay(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    const name = { customerId, key: policy.key };
    const stream = this.#events.readStream(name);
    if (stream === null) return;
    const revived = this.#events.revive(name, now);
    if (revived === 0) return;
    const first = this.#events.first(name, 1);
    this.#write(name, policy, rules.rejoin(stream, revived, first, { policy, now }));
  }

  #bury(
    name: StreamName,
    policy: AppliedPolicy,
    stream: rules.Stream,
    event: QueuedEvent,
    reason: string,
    now: number,
  ): rules.Stream {
    const { status = null, error = null } = stream.last ?? {};
    this.#events.bury(name, event.number, { at: now, reason, status, error });
    this.#onDead(name.customerId, policy, reason);
    return this.#leave(name, stream);
  }

  #leave(name: StreamName, stream: rules.Stream): rules.Stream {
    return rules.leave(stream, this.#events.first(name, stream.first));
  }

  #write(name: StreamName, policy: AppliedPolicy, stream: rules.Stream): void {
    this.#events.writeStream(name, stream, rules.streamDueAt(stream, policy));
  }
}
