// Express that awaits three fetches: the least that a careful author writes. The newest profile is in SQLite
// (`node:sqlite`), so that the lookup outlives a restart; there is no queue. A webhook is answered 200 once
// all CRMs took its event, and 502 when one did not after three tries: then Gameball sends it again, to all.
//
// It promises: only signed webhooks; a lookup that never goes back; an update answered with 200 is at
// every CRM.
// It does not promise: order at the CRMs (two webhooks at once, or one that is sent again, may overwrite a
// newer profile); an answer faster than the slowest CRM; fewer calls than updates times CRMs; or that a CRM
// that is away for longer than Gameball's four tries, 85 minutes, ever hears of an update.
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import express, { type RequestHandler } from "express";
import { eventOf, type Profile, readWebhook } from "../profile.ts";
import { type Crm, needed, numberOf, readSettings } from "../settings.ts";
import { hasToken, isSigned } from "../signature.ts";

const MAX_BODY_BYTES = 65_536;
const TIMEOUT_MS = 5_000;
const TRIES = 3;
const RETRY_BASE_MS = 200;

const { crms, secretKey, apiToken, retryBaseMs } = readSettings({ retryBaseMs: RETRY_BASE_MS });
const database = new DatabaseSync(needed("DATABASE"));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS profiles
    (customer_id TEXT PRIMARY KEY, occurred_at TEXT, profile TEXT) STRICT, WITHOUT ROWID;`);
/** As old as the stored one is no reason to refuse: Gameball repeats what was stored but not delivered. */
const keepNewest = database.prepare(`
  INSERT INTO profiles VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET occurred_at = excluded.occurred_at, profile = excluded.profile
  WHERE excluded.occurred_at >= occurred_at`);
const find = database.prepare("SELECT profile FROM profiles WHERE customer_id = ?");

const receive: RequestHandler = async ({ body, headers }, response) => {
  if (!Buffer.isBuffer(body) || !isSigned(body, headers["x-gb-signature"], secretKey)) {
    response.status(401).send("wrong signature");
    return;
  }
  const webhook = readWebhook(body.toString());
  switch (webhook.kind) {
    case "ignored":
      response.json({ outcome: "ignored" });
      return;
    case "invalid":
      response.status(422).send(webhook.reason);
      return;
    case "profile": {
      const { profile } = webhook;
      if (!store(profile)) response.json({ outcome: "stale" });
      else if (await deliverToAll(profile)) response.json({ outcome: "delivered" });
      else response.status(502).send("a CRM did not take it");
    }
  }
};

const lookUp: RequestHandler<{ id: string }> = ({ params, headers }, response) => {
  if (!hasToken(headers.authorization, apiToken)) {
    response.status(401).send("unauthorized");
    return;
  }
  const row = find.get(params.id);
  if (row === undefined) response.status(404).send("not found");
  else response.type("json").send(row["profile"]);
};

const app = express().disable("x-powered-by").disable("etag");
// The signature is of the bytes as they came.
const bytes = express.raw({ type: () => true, limit: MAX_BODY_BYTES });
app.post("/webhooks/gameball", bytes, receive);
app.get("/v1/profiles/:id", lookUp);
const server = app.listen(numberOf("PORT", 0), "127.0.0.1", (error) => {
  if (error !== undefined) throw error;
  const address = server.address();
  if (address === null || typeof address === "string") return;
  process.stdout.write(`${JSON.stringify(`http://127.0.0.1:${address.port}`)}\n`);
});

/** Whether none newer was there. */
function store(profile: Profile): boolean {
  const { customer_id, occurred_at } = profile;
  return keepNewest.run(customer_id, occurred_at, JSON.stringify(profile)).changes === 1;
}

/** Whether every CRM took it. */
async function deliverToAll(profile: Profile): Promise<boolean> {
  const event = eventOf(profile);
  const body = JSON.stringify(event);
  const taken = await Promise.all(crms.map(async (crm) => deliver(crm, event.id, body)));
  return taken.every(Boolean);
}

/** Whether the CRM took it, after as many tries as there are. */
async function deliver({ url }: Crm, id: string, body: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    if (await post(url, id, body)) return true;
    if (attempt === TRIES) return false;
    await sleep(retryBaseMs * 2 ** (attempt - 1));
  }
}

async function post(url: string, id: string, body: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "webhook-id": id },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer(); // so that the connection is free for the next
    return response.ok;
  } catch {
    return false; // no answer
  }
}
