// A CRM with a database of its own, which falls ill and recovers by its schedule. What it accepts it applies
// before it answers, and so also where the answer is lost.
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { profileSchema } from "../../src/profile/profile.ts";
import { contentOf } from "../support/changes.ts";
import { type CrmEvent, type CrmRequest, FakeCrm } from "../support/fake-crm.ts";
import type { Dice } from "./dice.ts";
import { behave, type Conduct, type Fault, FAULTS } from "./faults.ts";
import type { Content, CrmHistory, Receipt } from "./history.ts";
import { type CrmId, stepAt } from "./schedule.ts";

/** The settings of its table in the relay's configuration beside its id and URL. */
export interface CrmSettings {
  readonly timeout_ms: number;
  readonly batch?: number;
  readonly only_on?: readonly string[];
  readonly min_interval_ms?: number;
}

/** A CRM on loopback. */
export class ChaosCrm implements CrmHistory {
  readonly id: CrmId;
  readonly receipts: Receipt[] = [];
  readonly database = new Map<string, Content>();
  readonly calls = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  /** What ails it now. */
  fault: Fault = "healthy";
  readonly #crm: FakeCrm;
  readonly #dice: Dice;
  readonly #settings: CrmSettings;

  private constructor(id: CrmId, crm: FakeCrm, settings: CrmSettings, dice: Dice) {
    this.id = id;
    this.#crm = crm;
    this.#settings = settings;
    this.#dice = dice;
    crm.replyToAll(async (response, request) => this.#serve(response, request));
  }

  /** A CRM on a port that the system chose. */
  static async open(id: CrmId, settings: CrmSettings, dice: Dice): Promise<ChaosCrm> {
    return new ChaosCrm(id, await FakeCrm.open(), settings, dice);
  }

  get onlyOn(): readonly string[] {
    return this.#settings.only_on ?? [];
  }

  /** Its table of the relay's configuration, so far as it is its own. */
  get destination() {
    return { id: this.id, url: this.#crm.url, ...this.#settings };
  }

  async close(): Promise<void> {
    await this.#crm.close();
  }

  async #serve(response: ServerResponse, { at, events }: CrmRequest): Promise<void> {
    this.#crm.requests.length = 0; // they are all in the receipts, which are smaller
    this.calls[this.fault] += 1;
    const conduct = behave(this.fault, this.#dice);
    const receipts = events.map((event) => receiptOf(event, at));
    this.receipts.push(...receipts);
    if (isApplying(conduct)) {
      for (const { customer, content } of receipts) this.database.set(customer, content);
    }
    response.once("close", () => {
      const ending = endingOf(conduct, response.writableFinished);
      for (const receipt of receipts) Object.assign(receipt, { ending, endedAt: Date.now() });
    });
    await reply(response, conduct);
  }
}

function receiptOf({ data }: CrmEvent, at: number): Receipt {
  const { changes, customer_id: customer, sequence } = data;
  const step = stepAt(data.occurred_at);
  const content = contentOf(v.parse(profileSchema, data));
  return { at, customer, sequence, step, content, changes, ending: "open", endedAt: at };
}

function isApplying({ kind }: Conduct): boolean {
  return kind === "acknowledge" || kind === "lose";
}

/** An answer that was on its way when the relay broke the connection is lost as well. */
function endingOf(conduct: Conduct, isFinished: boolean): Receipt["ending"] {
  if (!isApplying(conduct)) return "refused";
  return conduct.kind === "acknowledge" && isFinished ? "answered" : "lost";
}

async function reply(response: ServerResponse, conduct: Conduct): Promise<void> {
  switch (conduct.kind) {
    case "acknowledge":
      if (conduct.delayMs > 0) await sleep(conduct.delayMs);
      if (!response.destroyed) response.writeHead(200).end('{"ok":true}');
      return;
    case "refuse": {
      const { status, retryAfterSeconds: seconds } = conduct;
      response.writeHead(status, seconds === null ? {} : { "retry-after": String(seconds) }).end();
      return;
    }
    case "drop":
      if (conduct.how === "reset") response.socket?.resetAndDestroy();
      return;
    case "lose":
      if (conduct.how === "cut") response.destroy();
      if (conduct.how !== "half") return;
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"ok":', () => response.destroy());
  }
}
