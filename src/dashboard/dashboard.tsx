// The dashboard: pages rendered here and now for whoever is signed in, forms that act, and its few assets.
import { type Context, Hono } from "hono";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import type { Child } from "hono/jsx";
import * as v from "valibot";
import { requireConfiguration } from "../api/context.ts";
import { findDestination } from "../api/find-destination.ts";
import { reach } from "../api/reach.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import { locate, type Located } from "../operator/customer.ts";
import type { Steered } from "../operator/steer.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import { actOnCustomer, actOnDestination } from "./actions.ts";
import { Customer, isUnderWay } from "./customer.tsx";
import { DestinationPage } from "./destination.tsx";
import { renderFailure } from "./failure.tsx";
import { type DashboardEnv, requireSession } from "./guard.ts";
import { ICON } from "./icon.ts";
import { type Notice, renderPage, type Section } from "./layout.tsx";
import { LIVE_SCRIPT } from "./live-script.ts";
import { isMoving, Overview } from "./overview.tsx";
import { findCustomers, readDestination, readOverview } from "./read.ts";
import { customerPath, Search } from "./search.tsx";
import { signIn } from "./sign-in.tsx";
import { STYLE } from "./style.ts";

/**
 * While something is under way a page asks often, otherwise seldom: a look at everything costs a request to
 * each gate and partition, and the free plan has 100,000 a day.
 */
const BUSY_REFRESH_MS = 4_000;
const QUIET_REFRESH_MS = 15_000;

/** The browser asks each time whether an asset is still the same: it is small, and never stale. */
const ASSET_HEADERS = { "cache-control": "private, no-cache" };

export const dashboard = new Hono<DashboardEnv>()
  .get("/", requireConfiguration, requireSession, async (context) => {
    const overview = await readOverview(context, Date.now());
    return show(context, {
      title: "Destinations",
      section: "destinations",
      refreshMs: refreshFor(overview.lookups.behind > 0 || overview.destinations.some(isMoving)),
      children: <Overview {...overview} />,
    });
  })
  .get("/destinations/:id", requireConfiguration, requireSession, async (context) => {
    return showDestination(context, findDestination(context), null);
  })
  .post("/destinations/:id", requireConfiguration, requireSession, async (context) => {
    const found = findDestination(context);
    const notice = await reach(actOnDestination(found, context.get("form")));
    return showDestination(context, found, notice);
  })
  .get("/destinations", (context) => context.redirect("/", 303))
  .get("/customers", requireConfiguration, requireSession, async (context) => {
    const query = context.req.query("q") ?? "";
    const { id, byEmail } = await findCustomers(context, query);
    const [only, ...others] = byEmail.items;
    const isOnly = others.length === 0 && byEmail.isFirst;
    const chosen = id ?? (isOnly ? only?.customer_id : undefined);
    if (chosen !== undefined) return context.redirect(customerPath(chosen), 303);
    const children = <Search query={query} found={byEmail} />;
    return show(context, { title: "Customers", section: "customers", refreshMs: null, children });
  })
  .get("/customers/:id", requireConfiguration, requireSession, async (context) => {
    return showCustomer(context, await locateCustomer(context), null);
  })
  .post("/customers/:id", requireConfiguration, requireSession, async (context) => {
    const located = await locateCustomer(context);
    const { destinations } = context.get("configuration");
    const known = [PROFILE_STORE, ...destinations.map(({ id }) => id)];
    const { PROFILES } = context.env;
    const acting = actOnCustomer(located, context.get("form"), { PROFILES, known });
    const notice = await reach(acting);
    return showCustomer(context, located, notice);
  })
  .route("/", signIn)
  .get("/assets/style.css", etag(), (context) => {
    return context.body(STYLE, 200, { ...ASSET_HEADERS, "content-type": "text/css" });
  })
  .get("/assets/live.js", etag(), (context) => {
    return context.body(LIVE_SCRIPT, 200, { ...ASSET_HEADERS, "content-type": "text/javascript" });
  })
  .get("/assets/icon.svg", etag(), (context) => {
    return context.body(ICON, 200, { ...ASSET_HEADERS, "content-type": "image/svg+xml" });
  })
  .onError((error, context) => renderFailure(error, context));

interface Shown {
  readonly title: string;
  readonly section: Section;
  /** How often the page is to bring itself up to date; `null`: nothing on it changes by itself. */
  readonly refreshMs: number | null;
  readonly notice?: Notice | null;
  readonly children: Child;
}

function show(context: Context<DashboardEnv>, { refreshMs, ...page }: Shown) {
  const refreshing = refreshMs === null ? {} : { refreshMs };
  return context.html(renderPage({ ...page, ...refreshing, session: context.get("session") }));
}

/** `isBusy`: something is under way that a person may want to watch. */
function refreshFor(isBusy: boolean): number {
  return isBusy ? BUSY_REFRESH_MS : QUIET_REFRESH_MS;
}

async function showDestination(
  context: Context<DashboardEnv>,
  found: Steered,
  notice: Notice | null,
): Promise<Response> {
  const now = Date.now();
  const read = await readDestination(context, found, now);
  return show(context, {
    title: found.destination.id,
    section: "destinations",
    refreshMs: refreshFor(isMoving(read)),
    notice,
    children: <DestinationPage {...read} session={context.get("session")} now={now} />,
  });
}

async function locateCustomer(context: Context<DashboardEnv>): Promise<Located> {
  const parsed = v.safeParse(customerIdSchema, context.req.param("id"));
  if (!parsed.success) throw unknownCustomer();
  return locate(parsed.output, context.env, context.get("configuration").ledgerPartitions);
}

async function showCustomer(
  context: Context<DashboardEnv>,
  { ledger, customerId }: Located,
  notice: Notice | null,
): Promise<Response> {
  const customer = await reach(ledger.customer(customerId));
  if (customer === null && notice === null) throw unknownCustomer();
  const place = { title: "Customer", section: "customers", notice } as const;
  if (customer === null) {
    return show(context, { ...place, refreshMs: null, children: <h1>Nothing is left of it</h1> });
  }
  const session = context.get("session");
  const { destinations } = context.get("configuration");
  const children = (
    <Customer customer={customer} destinations={destinations} session={session} now={Date.now()} />
  );
  return show(context, { ...place, refreshMs: refreshFor(isUnderWay(customer)), children });
}

function unknownCustomer(): HTTPException {
  return new HTTPException(404, { message: "No customer with this id is known." });
}
