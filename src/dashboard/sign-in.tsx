// Signing in with one of the relay's tokens, and out again. Attempts are counted by the platform.
import { Hono } from "hono";
import ipaddr from "ipaddr.js";
import * as v from "valibot";
import { roleOf } from "../access.ts";
import { type AppEnv, requireConfiguration } from "../api/context.ts";
import { log } from "../log.ts";
import { noStore, readForm, refuseElsewhere, requireSession } from "./guard.ts";
import { renderPage } from "./layout.tsx";
import { closeSession, openSession } from "./session.ts";

/** The period of `SIGN_INS` in wrangler.toml. */
const PERIOD_S = 60;

const WRONG_TOKEN = "This is neither API_TOKEN nor API_READ_TOKEN of this relay.";
const TOO_MANY = "Too many attempts. Try again in a minute.";
const UNLIMITED =
  "Nobody can sign in: the binding SIGN_INS, which limits attempts, is missing in wrangler.toml.";

/** A place of this relay's own, as a URL has it; any other would send whoever signs in elsewhere. */
const LOCAL_PLACE = /^\/(?!\/)[!-[\]-~]*$/;

const nextSchema = v.fallback(v.pipe(v.string(), v.regex(LOCAL_PLACE)), "/");
const formSchema = v.object({
  token: v.optional(v.pipe(v.string(), v.trim()), ""),
  next: v.optional(nextSchema, "/"),
});

export const signIn = new Hono<AppEnv>()
  .use("/sign-in", noStore)
  .get("/sign-in", (context) => {
    return context.html(page(v.parse(nextSchema, context.req.query("next")), null));
  })
  .post("/sign-in", requireConfiguration, async (context) => {
    refuseElsewhere(context);
    const { token, next } = v.parse(formSchema, await readForm(context));
    const { SIGN_INS: limiter } = context.env;
    if (limiter === undefined) return context.html(page(next, UNLIMITED), 503);
    const key = neighbourhoodOf(context.req.header("cf-connecting-ip") ?? "");
    const { success } = await limiter.limit({ key });
    if (!success) {
      context.header("retry-after", String(PERIOD_S));
      return context.html(page(next, TOO_MANY), 429);
    }
    const tokens = context.get("configuration");
    const role = await roleOf(token, tokens);
    log({ event: "dashboard.signed_in", outcome: role ?? "refused" });
    if (role === null) return context.html(page(next, WRONG_TOKEN), 401);
    await openSession(context, role, tokens, Date.now());
    return context.redirect(next, 303);
  })
  .post("/sign-out", requireConfiguration, requireSession, (context) => {
    closeSession(context);
    return context.redirect("/sign-in", 303);
  });

/** Whose attempts are counted together: an address, or the /64 of an IPv6 one, of which anybody has all. */
function neighbourhoodOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(":");
}

function page(next: string, fault: string | null) {
  return renderPage({
    title: "Sign in",
    session: null,
    children: (
      <form class="card sign-in" method="post" action="/sign-in">
        <h1>Sign in</h1>
        {fault !== null && (
          <p id="fault" class="notice bad" role="alert">
            {fault}
          </p>
        )}
        <input type="hidden" name="next" value={next} />
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autocomplete="current-password"
          autofocus
          aria-describedby={fault === null ? "hint" : "fault hint"}
        />
        <p id="hint" class="faint">
          <code>API_TOKEN</code> lets you act, <code>API_READ_TOKEN</code> lets you look. A session
          ends after 12 hours, and with its token.
        </p>
        <button class="strong">Sign in</button>
      </form>
    ),
  });
}
