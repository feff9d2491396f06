// The Durable Object around one destination's gate: memory for the rate, storage for what must
// outlive it.
import { DurableObject } from "cloudflare:workers";
import { configurationOf } from "../config.ts";
import type { Rate } from "../destinations/destination.ts";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import {
  admit,
  type Admission,
  type Closed,
  type GateState,
  OPEN,
  report,
  type Report,
  type Wait,
  waitOf,
} from "./gate.ts";
import type { GateApi } from "./gate-client.ts";

const CLOSED_KEY = "closed";

/** A destination's gate. Its name is the destination's id. */
export class Gate extends DurableObject<Env> implements GateApi {
  readonly #id: string;
  readonly #rate: Rate | null;
  #state: GateState;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#id = ctx.id.name ?? "";
    const configured = configurationOf(env);
    const destinations = configured.ok ? configured.configuration.destinations : [];
    this.#rate = destinations.find(({ id }) => id === this.#id)?.rate ?? null;
    const closed = ctx.storage.kv.get<Closed>(CLOSED_KEY) ?? OPEN;
    this.#state = { grants: [], promisedUntil: 0, closed };
  }

  async admit(wanted: number): Promise<Admission> {
    const now = Date.now();
    if (this.#rate === null)
      return { granted: 0, waitMs: 0, spacingMs: 0, reason: "is not configured" };
    const { state, admission } = admit(this.#state, wanted, this.#rate, now);
    this.#become(state);
    return admission;
  }

  async report(learned: Report): Promise<Wait> {
    const now = Date.now();
    this.#become(report(this.#state, learned, now));
    return waitOf(this.#state, now);
  }

  #become(next: GateState): void {
    const { closed } = this.#state;
    this.#state = next;
    if (next.closed === closed) return;
    this.ctx.storage.kv.put(CLOSED_KEY, next.closed);
    const state = next.closed === OPEN ? "open" : next.closed.holds > 0 ? "held" : "waiting";
    log({
      event: "destination.state_changed",
      destination: this.#id,
      state,
      until: next.closed.until,
    });
  }
}
