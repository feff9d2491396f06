// Errors as the API tells them: RFC 9457 problem details, made in routes and rendered in one place.
import * as v from "valibot";
import { type Fault, faultSchema } from "../faults.ts";

/** Every kind of problem, with its status and title. */
export const PROBLEMS = {
  "not-json": [400, "The body is not JSON"],
  "invalid-request": [400, "The request is invalid"],
  "invalid-signature": [401, "The signature is missing or wrong"],
  unauthorized: [401, "A valid bearer token is required"],
  "other-client": [403, "The webhook is of another client"],
  "read-only": [403, "The token may only read"],
  "not-found": [404, "Not found"],
  "method-not-allowed": [405, "The method is not allowed here"],
  "too-large": [413, "The body is too large"],
  "invalid-webhook": [422, "The webhook is invalid"],
  "internal-error": [500, "The relay failed"],
  "not-configured": [503, "The relay is not configured"],
  "ledger-unavailable": [503, "The ledger is out of reach"],
} as const;

/** The kinds of problem; each is a `type` URI `urn:gameball-relay:problem:<kind>`. */
export type ProblemKind = keyof typeof PROBLEMS;

/** A problem as it is answered (RFC 9457 §3.1). */
export const problemSchema = v.strictObject({
  type: v.pipe(v.string(), v.description("`urn:gameball-relay:problem:<kind>`")),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.string(),
  request_id: v.pipe(v.string(), v.description("By which the relay's log knows the request.")),
  errors: v.pipe(
    v.optional(v.pipe(v.array(faultSchema), v.readonly())),
    v.description("Everything that is wrong with what was sent."),
  ),
});
export type ProblemDetails = Readonly<v.InferOutput<typeof problemSchema>>;

/** The `type` of a problem of a kind. */
export function typeOf(kind: ProblemKind): string {
  return `urn:gameball-relay:problem:${kind}`;
}

/** A problem that ends a request. `detail` never holds a secret or what was sent. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly errors: readonly Fault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      readonly errors?: readonly Fault[];
      readonly headers?: Readonly<Record<string, string>>;
      /** What went wrong in the relay, for its log. */
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.kind = kind;
    this.detail = detail;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }

  get title(): string {
    return PROBLEMS[this.kind][1];
  }

  get status(): (typeof PROBLEMS)[ProblemKind][0] {
    return PROBLEMS[this.kind][0];
  }
}

/** A problem as `application/problem+json` (RFC 9457 §3). */
export function renderProblem(problem: Problem, requestId: string): Response {
  const { kind, title, status, detail, errors, headers } = problem;
  const body: ProblemDetails = {
    type: typeOf(kind),
    title,
    status,
    detail,
    request_id: requestId,
    ...(errors === undefined ? {} : { errors }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...headers,
      "content-type": "application/problem+json",
      "x-request-id": requestId,
      "cache-control": "no-store",
    },
  });
}
