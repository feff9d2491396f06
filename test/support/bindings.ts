// The variables and secrets of the relay under test inside workerd.

import { CLIENT, REFRESH_TOKEN } from "./crms/tokens.ts";

/** Tokens and keys of the tests; not secrets. */
export const SECRET_KEY = "test-secret-key";
export const PREVIOUS_SECRET_KEY = "test-previous-secret-key";
export const API_TOKEN = "test-api-token";
export const API_READ_TOKEN = "test-api-read-token";
export const SIGNING_SECRET = "whsec_dGVzdC1zaWduaW5nLXNlY3JldC0wMTIzNDU2Nzg5";

export const KLAVIYO_URL = "https://klaviyo.example.com";
export const ALERT_URL = "https://alerts.example.com/hook";

/** Three CRMs: single events, batches of 100, and one that only cares for tiers. */
export const testBindings = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  GAMEBALL_SECRET_KEY_PREVIOUS: PREVIOUS_SECRET_KEY,
  API_TOKEN,
  API_READ_TOKEN,
  SIGNING_SECRET,
  ONE_TOKEN: "one-token",
  ALERT_URL,
  DESTINATIONS: [
    {
      id: "one",
      url: "https://one.example.com/hook",
      headers: { authorization: "Bearer ${ONE_TOKEN}" },
      signing_secret: "${SIGNING_SECRET}",
    },
    { id: "many", url: "https://many.example.com/hook", batch: 100 },
    { id: "tiers", url: "https://tiers.example.com/hook", only_on: ["tier"] },
  ],
};

/** CRMs that want events: every profile and notifications, notifications alone, and the newest as usual. */
export const streamBindings = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  API_TOKEN,
  DESTINATIONS: [
    {
      id: "one",
      url: "https://one.example.com/hook",
      topics: ["customer.profile.updated", "customer.notification.push"],
      deliver: "every",
    },
    {
      id: "many",
      url: "https://many.example.com/hook",
      topics: ["customer.notification.push"],
      batch: 100,
    },
    { id: "tiers", url: "https://tiers.example.com/hook" },
  ],
};

/** A CRM that imports profiles by jobs. All customers are in one partition, so that a job may have them all. */
export const jobBindings = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  API_TOKEN,
  LEDGER_PARTITIONS: "1",
  DESTINATIONS: [
    {
      id: "klaviyo",
      format: "klaviyo",
      url: KLAVIYO_URL,
      credentials: { api_key: "klaviyo-key-0123456789" },
    },
  ],
};

/** CRMs whose access tokens expire: one by its client alone, one by a refresh token. */
export const tokenBindings = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  API_TOKEN,
  CLIENT_SECRET: CLIENT.client_secret,
  REFRESH_TOKEN,
  DESTINATIONS: [
    {
      id: "salesforce",
      format: "salesforce",
      url: "https://acme.my.salesforce.com",
      credentials: { ...CLIENT, client_secret: "${CLIENT_SECRET}" },
    },
    {
      id: "zoho",
      format: "zoho",
      key: "customer_id",
      credentials: { ...CLIENT, refresh_token: "${REFRESH_TOKEN}" },
    },
  ],
};

/** Three CRMs that take batches of 100, for counting costs: the log is that of a deployment. */
export const costBindings = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  API_TOKEN,
  LOG_SHARE: 0.1,
  DESTINATIONS: ["a", "b", "c"].map((id) => ({
    id,
    url: `https://${id}.example.com/hook`,
    batch: 100,
  })),
};

/** As many CRMs as anybody has. */
export const growthBindings = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  API_TOKEN,
  DESTINATIONS: Array.from({ length: 16 }, (_, n) => ({
    id: `crm-${n}`,
    url: `https://crm-${n}.example.com/hook`,
  })),
};
