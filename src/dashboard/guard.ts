// What stands before the dashboard's pages: somebody signed in, and before each action a form of theirs.
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { HTTPException } from "hono/http-exception";
import type { AppEnv } from "../api/context.ts";
import { Problem } from "../api/problem.ts";
import { readAtMost, secretsEqual } from "../bytes.ts";
import { readSession, type Session } from "./session.ts";

const MAX_FORM_BYTES = 16 * 1024;

/** The types of Hono's context on pages that somebody must be signed in for. */
export interface DashboardEnv extends AppEnv {
  Variables: AppEnv["Variables"] & { session: Session; form: Form };
}

/** The fields of a form; of those with the same name the last. */
export type Form = Readonly<Record<string, string>>;

/**
 * Lets only those pass who are signed in; others are sent to sign in and come back. Whatever may change
 * something must be a form of the session's own pages, and an operator's; a read-only session may leave.
 */
export const requireSession = createMiddleware<DashboardEnv>(async (context, next) => {
  const { method, url } = context.req;
  const { pathname, search } = new URL(url);
  context.header("cache-control", "no-store");
  const session = await readSession(context, context.get("configuration"), Date.now());
  if (session === null) {
    const place = method === "GET" ? pathname + search : "/";
    return context.redirect(`/sign-in?next=${encodeURIComponent(place)}`, 303);
  }
  context.set("session", session);
  if (method !== "GET" && method !== "HEAD") {
    refuseElsewhere(context);
    const form = await readForm(context);
    if (!(await secretsEqual(form["csrf"] ?? "", session.csrf))) {
      throw new HTTPException(403, {
        message: "The form is not of this session. Load the page again.",
      });
    }
    if (session.role !== "operator" && pathname !== "/sign-out") {
      throw new Problem("read-only", "this needs API_TOKEN, not API_READ_TOKEN");
    }
    context.set("form", form);
  }
  return next();
});

/** Refuses a form that another site sends, where the browser says so (W3C, Fetch Metadata). */
export function refuseElsewhere(context: Context): void {
  const site = context.req.header("sec-fetch-site");
  if (site === undefined || site === "same-origin" || site === "none") return;
  throw new HTTPException(403, { message: "The form is not of this site." });
}

/** Keeps an answer out of every cache. */
export const noStore = createMiddleware(async (context, next) => {
  context.header("cache-control", "no-store");
  await next();
});

/** A form's fields, of a bounded body. */
export async function readForm(context: Context): Promise<Form> {
  const { bytes, truncated } = await readAtMost(context.req.raw.body, MAX_FORM_BYTES);
  if (truncated) throw new Problem("too-large", `a form has at most ${MAX_FORM_BYTES} bytes`);
  return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(bytes)));
}
