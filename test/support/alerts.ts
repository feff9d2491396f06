// One alert of each kind.
import type { Alert } from "../../src/alerts/alert.ts";

const destination = "acme-crm";
const at = Date.parse("2026-01-01T00:00:00.123Z");

/** A sample of every kind of alert, as they might follow on each other. */
export const SAMPLE_ALERTS = {
  breaker_opened: {
    destination,
    at,
    kind: "breaker_opened",
    reason: "no complete answer within 10000 ms",
    nextAttemptAt: at + 30_000,
  },
  held: {
    destination,
    at,
    kind: "held",
    reason: "the credentials were refused: HTTP 401",
    nextAttemptAt: at + 60_000,
  },
  recovered: { destination, at, kind: "recovered", since: at - 3_600_000 },
  dead_letter: { destination, at, kind: "dead_letter", reason: "HTTP 422" },
  backlog: { destination, at, kind: "backlog", oldestSince: at - 900_000, customers: 42 },
} satisfies { readonly [K in Alert["kind"]]: Alert & { readonly kind: K } };
