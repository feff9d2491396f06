// Problems in the API's description: which of them an operation may end with, and an example of each.
import type { Access, HeaderName } from "./operation.ts";
import { type ProblemDetails, type ProblemKind, PROBLEMS, typeOf } from "../problem.ts";

/** The problems that any operation of an access may end with, whatever it does. */
const OF_ACCESS: Readonly<Record<Access, readonly ProblemKind[]>> = {
  anybody: [],
  gameball: ["invalid-signature", "internal-error", "not-configured"],
  reader: ["unauthorized", "internal-error", "not-configured"],
  writer: ["unauthorized", "read-only", "internal-error", "not-configured"],
};

/** The headers that a problem comes with. */
const HEADERS: Readonly<Partial<Record<ProblemKind, HeaderName>>> = {
  unauthorized: "WWW-Authenticate",
  "method-not-allowed": "Allow",
};

/** What an example says of itself. */
const DETAILS: Readonly<Record<ProblemKind, string>> = {
  "not-json": "a body is a JSON object in UTF-8",
  "invalid-request": "see errors",
  "invalid-signature": "X-GB-Signature does not verify with the secret key",
  unauthorized: "send authorization: Bearer <API_TOKEN>",
  "other-client": "client_id is not GAMEBALL_CLIENT_ID",
  "read-only": "this needs API_TOKEN, not API_READ_TOKEN",
  "not-found": "no destination with this id is configured",
  "method-not-allowed": "webhooks are sent by POST",
  "too-large": "a body has at most 65536 bytes",
  "invalid-webhook": "see errors",
  "internal-error": "the relay's log has the request_id",
  "not-configured": "GET /health names every fault of the configuration",
  "ledger-unavailable": "send the request again later",
};

const ERRORS: Readonly<Partial<Record<ProblemKind, ProblemDetails["errors"]>>> = {
  "invalid-request": [{ pointer: "/limit", detail: "must be a whole number from 1 to 1000" }],
  "invalid-webhook": [{ pointer: "/customer_id", detail: "is missing" }],
};

/** Problems of one status. */
export interface ProblemGroup {
  readonly status: number;
  readonly kinds: readonly ProblemKind[];
  readonly headers: readonly HeaderName[];
}

/** The problems of an operation by status: its own, and those of its access. */
export function groupProblems(access: Access, own: readonly ProblemKind[]): ProblemGroup[] {
  const kinds = [...new Set([...own, ...OF_ACCESS[access]])];
  return [...Map.groupBy(kinds, (kind) => PROBLEMS[kind][0])].map(([status, group]) => ({
    status,
    kinds: group,
    headers: [...new Set(group.flatMap((kind) => HEADERS[kind] ?? []))],
  }));
}

/** A problem of a kind, as it may be answered. */
export function exampleOf(kind: ProblemKind): ProblemDetails {
  const [status, title] = PROBLEMS[kind];
  const errors = ERRORS[kind];
  return {
    type: typeOf(kind),
    title,
    status,
    detail: DETAILS[kind],
    request_id: "2f6f0a1e-6f1c-4b8e-9a51-0c8f1f0f4e2b",
    ...(errors === undefined ? {} : { errors }),
  };
}
