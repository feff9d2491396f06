// CRMs for tests inside workerd: they stand where `fetch` was, write down every call, and answer as told.
import { vi } from "vitest";
import { ALERT_URL } from "./bindings.ts";

const HOST = /^(one|many|tiers)\.example\.com$/;
/** No call for so long, and the consumer has nothing more to say. */
const QUIET_MS = 30;

/** The CRMs of `bindings.ts`. */
export type CrmName = "one" | "many" | "tiers";

/** The part of an event that tests look at. */
export interface CrmEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly customer_id: string;
    readonly sequence: number;
    readonly points: Readonly<Record<string, unknown>>;
    readonly changes: Readonly<Record<string, unknown>> | null;
  };
}

/** One call that a CRM got. */
export interface CrmCall {
  readonly crm: CrmName;
  readonly headers: Headers;
  readonly body: string;
  readonly events: readonly CrmEvent[];
}

/** An alert as the operator got it. */
interface ReceivedAlert {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Reply = (call: CrmCall) => Response | Promise<Response>;

/** Three CRMs that answer 200 unless told otherwise, and an operator who gets alerts. */
export class CrmsInWorkerd {
  readonly #alerts: ReceivedAlert[] = [];
  readonly #calls: CrmCall[] = [];
  readonly #replies = new Map<CrmName, Reply>();
  #lastCallAt = 0;
  #underWay = 0;

  /** Takes the place of `fetch`. */
  open(): void {
    this.#calls.length = 0;
    this.#alerts.length = 0;
    this.#replies.clear();
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      if (request.url === ALERT_URL) {
        this.#alerts.push(await request.json<ReceivedAlert>());
        return new Response("thank you");
      }
      const crm = HOST.exec(new URL(request.url).hostname)?.[1] as CrmName | undefined;
      if (crm === undefined) throw new Error(`nobody is at ${request.url}`);
      const body = await request.text();
      const json = JSON.parse(body) as CrmEvent | CrmEvent[];
      const call = { crm, headers: request.headers, body, events: [json].flat() };
      this.#calls.push(call);
      return this.#reply(call);
    });
  }

  /** Waits until nobody has called for a while, so that nothing runs on into the next test. */
  async close(): Promise<void> {
    this.#replies.clear();
    while (this.#underWay > 0 || performance.now() - this.#lastCallAt < QUIET_MS) {
      await scheduler.wait(QUIET_MS);
    }
  }

  /** How a CRM answers from now on; it calls for a fresh response each time. */
  answers(crm: CrmName, reply: Reply): void {
    this.#replies.set(crm, reply);
  }

  /** The alerts of a type that the operator got, in order. */
  alerts(type: string): readonly ReceivedAlert[] {
    return this.#alerts.filter((alert) => alert.type === type);
  }

  /** The calls that a CRM got, in order. */
  calls(crm: CrmName): readonly CrmCall[] {
    return this.#calls.filter((call) => call.crm === crm);
  }

  /** The events that a CRM got, in order. */
  events(crm: CrmName): readonly CrmEvent[] {
    return this.calls(crm).flatMap(({ events }) => events);
  }

  async #reply(call: CrmCall): Promise<Response> {
    this.#underWay += 1;
    try {
      const reply = this.#replies.get(call.crm) ?? (() => new Response("thank you"));
      return await reply(call);
    } finally {
      this.#underWay -= 1;
      this.#lastCallAt = performance.now();
    }
  }
}
