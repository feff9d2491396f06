// The bare Worker: what ingest cannot do without. It parses a webhook's JSON and does one SQLite write in a
// Durable Object of as many as the relay has partitions. It checks nothing: no signature, no field, no order.
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
}

const PARTITIONS = 16;

export class Ledger extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS customers (customer_id TEXT PRIMARY KEY, state TEXT NOT NULL)
        WITHOUT ROWID`);
  }

  async record(customerId: string, state: object): Promise<void> {
    const sql = "INSERT OR REPLACE INTO customers (customer_id, state) VALUES (?, ?)";
    this.ctx.storage.sql.exec(sql, customerId, JSON.stringify(state));
  }
}

export default {
  async fetch(request, env) {
    const webhook = await request.json<{ customer_id: string }>();
    const partition = env.LEDGER.getByName(String(hashOf(webhook.customer_id) % PARTITIONS));
    await partition.record(webhook.customer_id, webhook);
    return new Response(null, { status: 202 });
  },
} satisfies ExportedHandler<Env>;

function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) >>> 0;
  }
  return hash;
}
