// What every route finds in its Hono context, and the two checks that stand before most of them.
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { roleOf } from "../access.ts";
import { type Configuration, configurationOf } from "../config.ts";
import type { Env } from "../env.ts";
import type { Fault } from "../faults.ts";
import { log } from "../log.ts";
import type { WebhookSubject } from "../telemetry/webhook.ts";
import { Problem } from "./problem.ts";

/** The types of Hono's context here. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    configuration: Configuration;
    /** What is known of a webhook so far. */
    webhook?: WebhookSubject;
  };
}

/** What is read of a context, be it one of the API or of the dashboard. */
export type ReadContext = Pick<Context<AppEnv>, "env" | "get" | "req">;

const told = new WeakSet<readonly Fault[]>();

/** Names every fault of the configuration in the log, once: requests that meet them may be many. */
export function logFaults(faults: readonly Fault[], requestId: string): void {
  if (told.has(faults)) return;
  told.add(faults);
  const event = "configuration.invalid";
  log({ event, request_id: requestId, faults: JSON.stringify(faults) });
}

/** Lets nothing pass while the configuration is wrong: half a relay would lose updates silently. */
export const requireConfiguration = createMiddleware<AppEnv>(async (context, next) => {
  const configured = configurationOf(context.env);
  if (!configured.ok) {
    logFaults(configured.faults, context.get("requestId"));
    throw new Problem("not-configured", "GET /health names every fault of the configuration");
  }
  context.set("configuration", configured.configuration);
  await next();
});

/**
 * Asks for a bearer token (RFC 6750 §2.1), compared in constant time. The read token may only `GET`.
 * Hono's own `bearerAuth` answers 400 to a malformed header, where the contract wants 401.
 */
export const requireToken = createMiddleware<AppEnv>(async (context, next) => {
  const header = context.req.header("authorization") ?? "";
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
  const role = await roleOf(token, context.get("configuration"));
  if (role === null) {
    const headers = { "www-authenticate": 'Bearer realm="gameball-relay"' };
    throw new Problem("unauthorized", "send authorization: Bearer <API_TOKEN>", { headers });
  }
  if (role !== "operator" && context.req.method !== "GET" && context.req.method !== "HEAD") {
    throw new Problem("read-only", "this needs API_TOKEN, not API_READ_TOKEN");
  }
  await next();
});
