// What several examples of the API's description show: the customer of Gameball's own sample, and a CRM.
import type * as v from "valibot";
import type { profileSchema } from "../../profile/profile.ts";
import type { destinationViewSchema } from "../destination-view.ts";

export const PROFILE: v.InferInput<typeof profileSchema> = {
  customer_id: "webhook-test",
  gb_customer_id: "1234",
  client_id: "2155",
  email: "customer@example.com",
  mobile_number: "+XX-XXXX-XXXX",
  tier: { name: "basic", order: 1 },
  points: { activated: 90, pending: 10, total: 100 },
  referral: { code: "referral_123", link: "www.example.com" },
  attributes: {},
  event_id: "evt_6fd7d6e8a5a14e9b8e4f6b0c2d1a3f57",
  sequence: 1,
  occurred_at: "2024-11-19T17:34:42.297Z",
  received_at: "2024-11-19T17:34:43.001Z",
};

/** A place in the ledger, as cursors have it. */
export const CURSOR = "WzMsIndlYmhvb2stdGVzdCIsMF0";

const RATES = {
  calls: 42,
  deliveries: 130,
  succeeded: 129,
  success_rate: 0.9923,
  latency_p50_ms: 80,
  latency_p95_ms: 310,
};

export const BACKFILL: v.InferInput<typeof destinationViewSchema>["backfill"] = {
  state: "running",
  done: 1_200,
  total: 5_000,
  started_at: "2026-01-01T00:00:00.000Z",
  finished_at: null,
  estimated_end_at: "2026-01-01T00:02:05.000Z",
};

export const DESTINATION: v.InferInput<typeof destinationViewSchema> = {
  id: "acme-crm",
  format: "webhook",
  topics: ["customer.profile.updated"],
  deliver: "latest",
  state: "open",
  reason: null,
  since: null,
  next_attempt_at: null,
  rates: { last_5_minutes: RATES, last_60_minutes: RATES },
  last_errors: [
    { at: "2026-01-01T00:00:10.000Z", status: 422, error: "HTTP 422: no such tier", deliveries: 1 },
  ],
  customers_behind: 3_800,
  behind_since: "2026-01-01T00:00:00.000Z",
  customers_dead: 1,
  dead_letters: 1,
  backfill: BACKFILL,
  replay: null,
};
