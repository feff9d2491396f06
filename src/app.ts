// The HTTP side of the relay: its routes, and how every error is rendered.
import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import type { Healthy, Misconfigured } from "./api/answers.ts";
import { type AppEnv, logFaults, requireConfiguration, requireToken } from "./api/context.ts";
import { destinations } from "./api/destinations.ts";
import { describeApi } from "./api/openapi/document.ts";
import { Problem, renderProblem } from "./api/problem.ts";
import { profiles } from "./api/profiles.ts";
import { webhooks } from "./api/webhooks.ts";
import { configurationOf } from "./config.ts";
import { dashboard } from "./dashboard/dashboard.tsx";
import { log } from "./log.ts";

/** The dashboard loads nothing but its own assets; no other answer is a page. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

/** Requests are named by the relay alone: no sender puts words into its answers and its log. */
const ownId = requestId({ limitLength: 0 });

export const app = new Hono<AppEnv>()
  .use(ownId)
  // Before what is for browsers alone: a dozen headers cost a webhook a tenth of its CPU.
  .route("/webhooks", webhooks)
  .use(secureHeaders({ contentSecurityPolicy: CONTENT_SECURITY_POLICY }))
  .get("/health", (context) => {
    const configured = configurationOf(context.env);
    context.header("cache-control", "no-store");
    if (configured.ok) return context.json({ status: "ok" } satisfies Healthy, 200);
    logFaults(configured.faults, context.get("requestId"));
    const answer: Misconfigured = { status: "misconfigured", faults: configured.faults };
    return context.json(answer, 503);
  })
  .get("/openapi.json", (context) => {
    return context.json(describeApi(), 200, { "cache-control": "no-store" });
  })
  .use("/v1/*", requireConfiguration, requireToken)
  .route("/v1/profiles", profiles)
  .route("/v1/destinations", destinations)
  .route("/", dashboard)
  .notFound((context) => {
    const problem = new Problem("not-found", "there is no such route");
    return renderProblem(problem, context.get("requestId"));
  })
  .onError((error, context) => {
    const problem =
      error instanceof Problem
        ? error
        : new Problem("internal-error", "the relay's log has the request_id");
    const id = context.get("requestId");
    // Of a problem it is its cause that tells an operator something; a request that is wrong has none.
    const failure = error === problem ? problem.cause : error;
    if (failure !== undefined) {
      log({ event: "request.failed", request_id: id, status: problem.status }, failure);
    }
    return renderProblem(problem, id);
  });

/** For typed clients: `hc<App>(url)`. */
export type App = typeof app;
