// A shop whose destinations stand in every way there is: real adapters, vendors and CRMs that play along, and a
// day of figures behind them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { addLatency } from "../../src/gate/latency.ts";
import { type Counts, minuteOf, NONE, quarterOf } from "../../src/gate/statistics.ts";
import { API_READ_TOKEN } from "../support/bindings.ts";
import { VENDORS } from "../support/crms/vendors.ts";
import type { FakeVendor } from "../support/crms/vendor.ts";
import { eventually, inParallel } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { type FoundDestination, OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { answer } from "../support/replies.ts";

const TIERS = ["bronze", "silver", "gold", "platinum"];
const CUSTOMERS = 40;
const QUARTERS = 96;

/** Held, failing, paused, with dead letters, catching up with a backfill, and four in step. */
export class Shop {
  readonly relay: Relay;
  readonly operator: OperatorClient;
  readonly #servers: readonly (FakeCrm | FakeVendor)[];

  private constructor(relay: Relay, servers: readonly (FakeCrm | FakeVendor)[]) {
    this.relay = relay;
    this.operator = new OperatorClient(relay);
    this.#servers = servers;
  }

  static async open(): Promise<Shop> {
    const vendors = ["hubspot", "klaviyo", "iterable", "customerio"].map((name) => {
      const vendor = VENDORS[name]?.();
      if (vendor === undefined) throw new Error(`there is no fake ${name}`);
      return { name, vendor };
    });
    await Promise.all(vendors.map(async ({ vendor }) => vendor.open()));
    const [erp, warehouse, newsletter] = [
      await FakeCrm.open(),
      await FakeCrm.open(),
      await FakeCrm.open(),
    ];
    const relay = await Relay.start({
      API_READ_TOKEN,
      DESTINATIONS: [
        ...vendors.map(({ name, vendor }) => ({ id: name, ...vendor.settings() })),
        { id: "erp", url: erp.url, batch: 10 },
        { id: "data-warehouse", url: warehouse.url, batch: 50, format: "cloudevents" },
        { id: "newsletter", url: newsletter.url, batch: 20 },
      ],
    });
    const servers = [...vendors.map(({ vendor }) => vendor), erp, warehouse, newsletter];
    const shop = new Shop(relay, servers);
    await shop.#begin();
    await shop.#fillDay();
    await shop.#trouble(erp, warehouse, newsletter);
    return shop;
  }

  async close(): Promise<void> {
    await this.relay.stop();
    await Promise.all(this.#servers.map(async (server) => server.close()));
  }

  /** Everybody is known, and in step everywhere. */
  async #begin(): Promise<void> {
    const customers = Array.from({ length: CUSTOMERS }, (_, n) => n);
    await inParallel(customers, 8, async (n) => this.#accept(n, 1));
    await this.#settle(({ customers_behind }) => customers_behind === 0);
  }

  /** Gates get the figures of a day that was like most: busy by day, and a few failures. */
  async #fillDay(): Promise<void> {
    await this.relay.kill();
    const folder = join(this.relay.stateDirectory, "v3/do/gameball-relay-Gate");
    for (const [n, file] of readdirSync(folder).filter(isGate).entries()) {
      const database = new DatabaseSync(join(folder, file));
      const write = database.prepare(
        "INSERT OR REPLACE INTO quarters (quarter, counts) VALUES (?, ?)",
      );
      for (let ago = 1; ago < QUARTERS; ago += 1) {
        const quarter = quarterOf(minuteOf(Date.now())) - ago;
        write.run(quarter, JSON.stringify(figuresOf(quarter, n)));
      }
      database.close();
    }
    await this.relay.resume();
  }

  /** Some destinations fail, each in its own way, and then there are updates. */
  async #trouble(erp: FakeCrm, warehouse: FakeCrm, newsletter: FakeCrm): Promise<void> {
    erp.replyToAll(answer(503, "the database is in maintenance"));
    warehouse.replyToAll(answer(401, '{"error":"the token was revoked"}'));
    newsletter.replyTo("customer-7", answer(422, '{"error":"the address is on the block list"}'));
    newsletter.replyTo("customer-9", answer(422, '{"error":"the address is on the block list"}'));
    for (const n of [7, 9, 3]) {
      const { sequence } = await this.relay.accept(this.#update(n, 2));
      await this.relay.isSynced(`customer-${n}`, "hubspot", sequence);
    }
    await this.relay.becomes("customer-9", "newsletter", { state: "dead" });
    await this.operator.pause("iterable");
    await this.operator.backfill("iterable", { all: true });
    const customers = Array.from({ length: CUSTOMERS }, (_, n) => n);
    await inParallel(customers.slice(10, 30), 8, async (n) => this.#accept(n, 2));
    await this.#settle(({ id, state }) => id !== "erp" || state === "breaker_open");
    await this.#settle(({ id, state }) => id !== "data-warehouse" || state === "held");
  }

  async #settle(isSettled: (found: FoundDestination) => boolean): Promise<void> {
    await eventually(async () => {
      const others = (await this.operator.lookAtAll()).filter((found) => !isSettled(found));
      if (others.length > 0) throw new Error(`still waiting for ${JSON.stringify(others)}`);
    }, 60_000);
  }

  async #accept(n: number, step: number): Promise<void> {
    await this.relay.accept(this.#update(n, step));
  }

  #update(n: number, step: number) {
    return update(`customer-${n}`, step, {
      email: `customer-${n}@example.com`,
      mobile_number: null,
      tier_name: TIERS[(n + step) % TIERS.length],
      tier_order: ((n + step) % TIERS.length) + 1,
      total_points: n * 37 + step * 100,
      referral_code: `friend-${n}`,
    });
  }
}

function isGate(file: string): boolean {
  return file.endsWith(".sqlite") && !file.startsWith("metadata");
}

/** A quarter's figures: more at noon than at night, each destination a little different. */
function figuresOf(quarter: number, destination: number): Counts {
  const hour = (quarter % QUARTERS) / 4;
  const wave = 0.55 - 0.45 * Math.cos(((hour - 3) / 24) * 2 * Math.PI);
  const noise = ((quarter * 7919 + destination * 104_729) % 100) / 100;
  const succeeded = Math.round(400 * wave * (0.7 + 0.3 * noise));
  const failed = noise > 0.96 ? Math.round(succeeded / 4) : 0;
  const calls = Math.ceil(succeeded / 20);
  const slow = 90 + destination * 25 + noise * 80;
  let { latencies } = NONE;
  for (let call = 0; call < calls; call += 1) {
    latencies = addLatency(latencies, slow * (call % 10 === 9 ? 3 : 1));
  }
  return { calls, succeeded, rejected: 0, failed, latencies };
}
