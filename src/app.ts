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
import { log } from "./log.ts";

export const app = new Hono<AppEnv>()
  .use(requestId(), secureHeaders())
  .get("/health", (context) => {
    const configured = configurationOf(context.env);
    context.header("cache-control", "no-store");
    if (configured.ok) return context.json({ status: "ok" } satisfies Healthy, 200);
    logFaults(configured.faults);
    const answer: Misconfigured = { status: "misconfigured", faults: configured.faults };
    return context.json(answer, 503);
  })
  .get("/openapi.json", (context) => {
    return context.json(describeApi(), 200, { "cache-control": "no-store" });
  })
  .route("/webhooks", webhooks)
  .use("/v1/*", requireConfiguration, requireToken)
  .route("/v1/profiles", profiles)
  .route("/v1/destinations", destinations)
  .notFound((context) => {
    const problem = new Problem("not-found", "there is no such route");
    return renderProblem(problem, context.get("requestId"));
  })
  .onError((error, context) => {
    const problem =
      error instanceof Problem
        ? error
        : new Problem("internal-error", "the relay's log has the request_id");
    if (context.req.path.startsWith("/webhooks/") && problem === error) {
      log({ event: "webhook.rejected", status: problem.status, reason: problem.kind });
    }
    if (problem !== error) {
      log({
        event: "request.failed",
        request_id: context.get("requestId"),
        error: error.stack ?? error.message,
      });
    }
    return renderProblem(problem, context.get("requestId"));
  });

/** For typed clients: `hc<App>(url)`. */
export type App = typeof app;
