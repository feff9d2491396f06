// Pages for when a page is not to be had: what went wrong, in plain words, and what to do.
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Problem } from "../api/problem.ts";
import { configurationOf } from "../config.ts";
import type { Fault } from "../faults.ts";
import { log } from "../log.ts";
import type { DashboardEnv } from "./guard.ts";
import { renderPage } from "./layout.tsx";

/** A relay that is out of reach for a moment is asked again after this. */
const RETRY_MS = 5_000;

interface Failure {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly detail: string;
}

/** It passes by itself, and nobody needs to do anything. */
const OUT_OF_REACH: Failure = {
  status: 503,
  title: "Out of reach for a moment",
  detail: "Nothing is lost. This page looks again by itself.",
};

/** The page for an error. A bug is logged, and its page says where. */
export async function renderFailure(
  error: Error,
  context: Context<DashboardEnv>,
): Promise<Response> {
  const failure = describe(error, context);
  const configured = configurationOf(context.env);
  const page = renderPage({
    title: failure.title,
    session: context.get("session") ?? null,
    ...(failure.status >= 500 ? { refreshMs: RETRY_MS } : {}),
    children: <Failed {...failure} faults={configured.ok ? [] : configured.faults} />,
  });
  context.header("cache-control", "no-store");
  return context.html(page, failure.status);
}

function describe(error: Error, context: Context<DashboardEnv>): Failure {
  const requestId = context.get("requestId");
  if (error instanceof Problem) {
    const { status, title, detail, cause } = error;
    if (cause !== undefined) log({ event: "request.failed", request_id: requestId, status }, cause);
    if (error.kind === "ledger-unavailable") return OUT_OF_REACH;
    return { status, title, detail };
  }
  if (error instanceof HTTPException) {
    const { status, message: detail } = error;
    return { status, title: status === 404 ? "Not found" : "Not allowed", detail };
  }
  log({ event: "request.failed", request_id: requestId }, error);
  const detail = `The relay's log has the request ${requestId}.`;
  return { status: 500, title: "The relay failed", detail };
}

function Failed({ title, detail, faults }: Failure & { readonly faults: readonly Fault[] }) {
  return (
    <section id="failure" class="card bad">
      <h1>{title}</h1>
      {faults.length === 0 ? (
        <p>{detail}</p>
      ) : (
        <>
          <p>
            It answers 503 to webhooks, which Gameball then sends again, until this is mended and
            deployed:
          </p>
          <ul>
            {faults.map((fault) => (
              <li>
                <code>{fault.pointer}</code> {fault.detail}
              </li>
            ))}
          </ul>
        </>
      )}
      <p>
        <a href="/">To the destinations</a>
      </p>
    </section>
  );
}
