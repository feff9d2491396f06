// A deployed relay, examined from outside: is it there, is it configured, is it shut to strangers? Pure.
import * as v from "valibot";
import { type NoAnswer, plain, readJson, describe, type RelayAnswer } from "./answer.ts";
import { fault, type Finding, ok, unless, warning } from "./finding.ts";

/** A CRM refuses signatures whose time is some minutes off (Standard Webhooks: five are usual). */
const MAX_CLOCK_SECONDS = 30;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where a relay is, or what is wrong with the address. */
export function readAddress(
  text: string,
): { readonly origin: string } | { readonly faults: Finding[] } {
  if (!URL.canParse(text)) {
    return { faults: [fault("--url is no address", "give it as https://relay.example.com")] };
  }
  const { protocol, hostname, origin, username, password } = new URL(text);
  if (username + password !== "") {
    return { faults: [fault("--url holds a password", "leave it out: it stays in your history")] };
  }
  if (protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname))) return { origin };
  return {
    faults: [
      fault(
        "--url is not https: the tokens would go unencrypted",
        "give the https address of the relay; http is fine on this machine alone",
      ),
    ],
  };
}

const healthSchema = v.union([
  v.looseObject({ status: v.literal("ok") }),
  v.looseObject({
    status: v.literal("misconfigured"),
    faults: v.array(v.looseObject({ pointer: v.string(), detail: v.string() })),
  }),
]);

/** `GET /health`: who answers, and what it says is wrong. `isRelay` is false where all else is in vain. */
export function checkHealth(answer: RelayAnswer | NoAnswer): {
  readonly isRelay: boolean;
  readonly findings: readonly Finding[];
} {
  if (answer.kind === "none") {
    const remedy = "is the address right, and the relay deployed? npx wrangler deployments list";
    return stop(`nobody is there (${plain(answer.reason)})`, remedy);
  }
  const target = answer.headers.get("location");
  if (answer.status >= 300 && answer.status < 400 && target !== null) {
    return stop(`the address leads elsewhere, to ${plain(target)}`, "give that one as --url");
  }
  const health = readJson(healthSchema, answer);
  if (health === null) {
    const remedy = "is the address right? another Worker, or a login page, may be before it";
    return stop(`what answers is not the relay: HTTP ${answer.status} at /health`, remedy);
  }
  const findings =
    health.status === "ok"
      ? [ok("the relay is there, and its configuration is valid")]
      : health.faults.map(({ pointer, detail }) =>
          fault(plain(`${pointer.slice(1)}: ${detail}`), remedyOf(pointer, detail)),
        );
  return { isRelay: true, findings: [...findings, ...checkCaching(answer)] };
}

function stop(text: string, remedy: string) {
  return { isRelay: false, findings: [fault(text, remedy)] };
}

/** A cached answer would say what was, not what is. */
function checkCaching({ headers }: RelayAnswer): Finding[] {
  return unless(
    /\bno-store\b/.test(headers.get("cache-control") ?? ""),
    warning(
      "the answer of /health may be cached on its way here",
      "look for a cache rule of your zone that holds for the relay",
    ),
  );
}

const SECRET = /^(?:is not set: npx wrangler secret put|needs the secret) ([A-Z][A-Z0-9_]*)/;

function remedyOf(pointer: string, detail: string): string {
  const [, secret] = SECRET.exec(detail) ?? [];
  if (secret !== undefined) return `npx wrangler secret put ${secret}`;
  return /^\/(?:ALERT_URL|ALERT_SIGNING_SECRET)$/.test(pointer)
    ? `npx wrangler secret put ${pointer.slice(1)}, with a value that is right`
    : "correct it in wrangler.toml, and npm run deploy";
}

/** The clock of this machine against the relay's: both sign and verify by theirs. */
export function checkClock({ headers, at }: RelayAnswer): Finding[] {
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date)) return [];
  const seconds = Math.round(Math.abs(at - date) / 1000);
  return seconds <= MAX_CLOCK_SECONDS
    ? [ok("its clock and this machine's agree")]
    : [
        warning(
          `its clock and this machine's are ${seconds} s apart`,
          "set this machine's clock; a CRM whose clock is minutes off refuses signed deliveries",
        ),
      ];
}

/** `POST /webhooks/gameball` without a signature. */
export function checkWebhookRoute(answer: RelayAnswer | NoAnswer): Finding[] {
  if (answer.kind === "none") return [fault(`the webhook route gives ${describe(answer)}`)];
  switch (answer.status) {
    case 401:
      return [ok("a webhook without a signature is refused")];
    case 503:
      return [
        fault(
          `webhooks are answered ${describe(answer)}`,
          "mend what is said above: Gameball sends a webhook four times, and then never again",
        ),
      ];
    default:
      return [
        fault(
          `a webhook without a signature is answered ${describe(answer)}, not 401`,
          answer.status < 300
            ? "take the relay off the network: anybody could write profiles"
            : "look for a rule of your zone, or an access policy, that stands before /webhooks/gameball",
        ),
      ];
  }
}

/** `GET /v1/destinations` without a token. */
export function checkLock(answer: RelayAnswer | NoAnswer): Finding[] {
  if (answer.kind === "none") return [fault(`/v1/destinations gives ${describe(answer)}`)];
  // Where the configuration is wrong nobody gets in, and that was told.
  if (answer.status === 503) return [];
  return answer.status === 401
    ? [ok("the API is shut without a token")]
    : [
        fault(
          `the API answers ${describe(answer)} without a token, not 401`,
          answer.status < 300
            ? "take the relay off the network: anybody could read profiles"
            : "look for a rule of your zone, or an access policy, that stands before /v1",
        ),
      ];
}
