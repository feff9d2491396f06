// How the destinations of a deployed relay stand, for those who hold a token. Pure.
import * as v from "valibot";
import { describe, type NoAnswer, plain, readJson, type RelayAnswer } from "./answer.ts";
import { fault, type Finding, ok, plural, warning } from "./finding.ts";

/** Which token the relay was asked with. */
export type TokenName = "API_TOKEN" | "API_READ_TOKEN";

/** The relay's own alert to a backlog waits as long. */
const BEHIND_MS = 15 * 60 * 1000;

const destinationSchema = v.looseObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
  state: v.picklist(["open", "paused", "held", "breaker_open"]),
  reason: v.nullable(v.string()),
  since: v.nullable(v.string()),
  next_attempt_at: v.nullable(v.string()),
  customers_behind: v.number(),
  behind_since: v.nullable(v.string()),
  customers_dead: v.number(),
  dead_letters: v.number(),
});
const destinationsSchema = v.looseObject({ destinations: v.array(destinationSchema) });
type Destination = v.InferOutput<typeof destinationSchema>;

/** `GET /v1/destinations`: the ids there are, and how each stands at the time `now` (ms of Unix time). */
export function checkDestinations(
  answer: RelayAnswer | NoAnswer,
  { origin, token, now }: { origin: string; token: TokenName; now: number },
): { readonly ids: readonly string[]; readonly findings: readonly Finding[] } {
  if (answer.kind === "answer" && answer.status === 401) {
    const remedy = `was it set anew? npx wrangler secret put ${token}`;
    return only(fault(`${token} is not the relay's`, remedy));
  }
  const found = answer.kind === "answer" ? readJson(destinationsSchema, answer) : null;
  if (found === null) {
    return only(fault(`the destinations cannot be seen: ${describe(answer)}`, "npx wrangler tail"));
  }
  const { destinations } = found;
  if (destinations.length === 0) {
    return only(
      warning(
        "no CRM is configured: profiles are kept for lookup alone",
        "add a [[vars.DESTINATIONS]] table, and npm run deploy",
      ),
    );
  }
  const findings = destinations.flatMap((one) => examine(one, origin, now));
  return { ids: destinations.map(({ id }) => id), findings };
}

function only(finding: Finding) {
  return { ids: [], findings: [finding] };
}

function examine(destination: Destination, origin: string, now: number): Finding[] {
  const findings = [
    ...judgeState(destination, origin),
    ...judgeBacklog(destination, now),
    ...judgeDeadLetters(destination, origin),
  ];
  const { id, customers_behind: behind } = destination;
  const waiting =
    behind === 0 ? "everybody is in step" : `${plural(behind, "customer")} on the way`;
  return findings.length > 0 ? findings : [ok(`${id}: deliveries go out, ${waiting}`)];
}

function judgeState({ id, state, ...gate }: Destination, origin: string): Finding[] {
  const because = plain(gate.reason ?? "no reason is known");
  const since = gate.since === null ? "" : ` since ${plain(gate.since)}`;
  const next = gate.next_attempt_at === null ? "" : `; next attempt ${plain(gate.next_attempt_at)}`;
  const test = "see whether it answers: npm run doctor -- --url … --test";
  switch (state) {
    case "open":
      return gate.reason === null ? [] : [ok(`${id} is waited for (${because})${next}`)];
    case "held":
      return [
        fault(
          `${id} turns everything away${since} (${because})${next}`,
          "mend its credentials, or its url, at the CRM or here; everything waits, nothing is lost",
          test,
        ),
      ];
    case "breaker_open":
      return [
        warning(
          `${id} failed too often and is left alone${since} (${because})${next}`,
          "it is asked again by itself; if it is well already:",
          curl("POST", origin, id, "resume"),
        ),
      ];
    case "paused":
      return [warning(`${id} is paused${since}: updates wait`, curl("POST", origin, id, "resume"))];
  }
}

function judgeBacklog(destination: Destination, now: number): Finding[] {
  const { id, state, customers_behind: behind, behind_since } = destination;
  const waited = now - Date.parse(behind_since ?? "");
  // A shut gate is reason enough, and was told.
  if (state !== "open" || behind === 0 || !(waited > BEHIND_MS)) return [];
  const minutes = Math.floor(waited / 60_000);
  return [
    warning(
      `${id}: ${plural(behind, "customer")} behind, the first for ${minutes} minutes`,
      "is its rate too low, or its answer slow? GET /v1/destinations has its rates and last errors",
      "is the queue's consumer running? npx wrangler tail",
    ),
  ];
}

function judgeDeadLetters(destination: Destination, origin: string): Finding[] {
  const { id, customers_dead: customers, dead_letters: letters } = destination;
  if (letters === 0 && customers === 0) return [];
  return [
    warning(
      `${id}: ${plural(letters, "dead letter")}, of ${plural(customers, "customer")}`,
      `why: ${curl("GET", origin, id, "dead-letters")}`,
      `try them again: ${curl("POST", origin, id, "replay")}`,
    ),
  ];
}

/** A line for a shell that holds the token in its environment. */
function curl(method: "GET" | "POST", origin: string, id: string, action: string): string {
  const verb = method === "GET" ? "" : " -X POST";
  return `curl${verb} -H "authorization: Bearer $API_TOKEN" ${origin}/v1/destinations/${id}/${action}`;
}

const trialSchema = v.looseObject({
  outcome: v.picklist(["delivered", "accepted", "retry", "held", "rejected", "split"]),
  status: v.nullable(v.number()),
  latency_ms: v.number(),
  error: v.nullable(v.string()),
});

/** `POST /v1/destinations/{id}/test`: how a destination took the sample. */
export function checkTrial(id: string, answer: RelayAnswer | NoAnswer): Finding {
  const trial = answer.kind === "answer" ? readJson(trialSchema, answer) : null;
  if (trial === null) {
    const remedy = "a test needs API_TOKEN, since it writes a sample into the CRM";
    return fault(`${id}: the test was not made: ${describe(answer)}`, remedy);
  }
  const { outcome, status, latency_ms, error } = trial;
  // An error begins with the status where there is one.
  const answered = error ?? (status === null ? "no answer" : `HTTP ${status}`);
  const after = `after ${Math.round(latency_ms)} ms`;
  const what = `${id}: the sample was ${WORDS[outcome]} ${after} (${plain(answered)})`;
  switch (outcome) {
    case "delivered":
    case "accepted":
      return ok(what);
    case "rejected":
      return warning(
        what,
        "with update_only a CRM refuses a customer that it does not know: then the credentials are good",
      );
    case "held":
      return fault(what, "mend its credentials, or its url, at the CRM or here");
    case "retry":
    case "split":
      return fault(what, "ask the CRM why; deliveries are tried again by themselves");
  }
}

const WORDS = {
  delivered: "acknowledged",
  accepted: "taken",
  retry: "not answered well",
  held: "turned away",
  rejected: "refused",
  split: "too large",
} as const satisfies Record<v.InferOutput<typeof trialSchema>["outcome"], string>;
