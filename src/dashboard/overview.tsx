// The first page: is everything in step, and if not, which destination is behind, since when, and why.
import type { DestinationView } from "../api/destination-view.ts";
import type { Destination } from "../destinations/destination.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import { DeliveriesChart, LatencyChart } from "./charts.tsx";
import { Badge } from "./layout.tsx";
import type { Overseen, ReadOverview } from "./read.ts";
import { SearchForm } from "./search.tsx";
import { RunningSweeps } from "./sweep.tsx";
import {
  ago,
  counted,
  duration,
  explain,
  headline,
  labelOf,
  number,
  percent,
  span,
  type Tone,
} from "./words.ts";

/** Whoever needs help comes first. */
const URGENCY: Readonly<Record<Tone, number>> = { bad: 0, warning: 1, busy: 2, good: 3 };

/** Whether something is under way that a person may want to watch: nothing is where the gate is closed. */
export function isMoving({ view }: Overseen): boolean {
  const isSweeping = [view.backfill, view.replay].some((sweep) => sweep?.state === "running");
  return view.state === "open" && (isSweeping || view.customers_behind > 0);
}

/** The page's content. */
export function Overview({ destinations, unreached, lookups, now }: ReadOverview) {
  const views = destinations.map(({ view }) => view);
  const { word, tone } = headline(views, unreached.length, lookups.behind);
  const sorted = destinations.toSorted(
    (left, right) => URGENCY[labelOf(left.view).tone] - URGENCY[labelOf(right.view).tone],
  );
  return (
    <>
      <div id="headline" role="status">
        <h1 class={`headline ${tone}`}>{word}</h1>
      </div>
      <SearchForm query="" />
      <section aria-labelledby="destinations-title">
        <h2 id="destinations-title">Destinations</h2>
        <ul id="destinations" class="destinations">
          {unreached.map((destination) => (
            <Unreached {...destination} />
          ))}
          {sorted.map((destination) => (
            <Row {...destination} now={now} />
          ))}
          <LookupStore lookups={lookups} now={now} />
        </ul>
        {destinations.length + unreached.length === 0 && <Welcome />}
      </section>
    </>
  );
}

function Row({ view, quarters, now }: Overseen & { readonly now: number }) {
  const label = labelOf(view);
  const rates = view.rates.last_60_minutes;
  return (
    <li id={`destination-${view.id}`} class={`card ${label.tone}`} data-destination={view.id}>
      <div class="who">
        <h3>
          <a href={`/destinations/${view.id}`}>{view.id}</a>
        </h3>
        <Badge {...label} />
        <p class="faint">{view.format}</p>
      </div>
      <div class="why">
        <p>{explain(view, now)}</p>
        <LastError view={view} now={now} />
        <RunningSweeps view={view} now={now} />
      </div>
      <figure>
        <DeliveriesChart quarters={quarters} now={now} />
        <figcaption>
          <b>Deliveries</b>
          {rates.success_rate === null
            ? " none within the hour"
            : ` ${percent(rates.success_rate)} of ${number(rates.deliveries)} within the hour succeeded`}
        </figcaption>
      </figure>
      <figure>
        <LatencyChart quarters={quarters} now={now} />
        <figcaption>
          <b>Latency</b>
          {rates.latency_p50_ms === null || rates.latency_p95_ms === null
            ? " no calls within the hour"
            : ` half within ${duration(rates.latency_p50_ms)}, 95 % within ${duration(rates.latency_p95_ms)}`}
        </figcaption>
      </figure>
    </li>
  );
}

/** A gate that does not answer hides no other. */
function Unreached({ id, format }: Pick<Destination, "id" | "format">) {
  return (
    <li id={`destination-${id}`} class="card bad" data-destination={id}>
      <div class="who">
        <h3>
          <a href={`/destinations/${id}`}>{id}</a>
        </h3>
        <Badge word="Out of reach" tone="bad" />
        <p class="faint">{format}</p>
      </div>
      <p class="why">What is known of it is out of reach for a moment. Nothing is lost.</p>
    </li>
  );
}

/** What went wrong last, unless that is already told as the reason of a closed gate. */
function LastError({ view, now }: { readonly view: DestinationView; readonly now: number }) {
  const [last] = view.last_errors;
  if (last === undefined || view.reason !== null) return null;
  return <p class="faint">{`Last error ${ago(last.at, now)}: ${last.error}`}</p>;
}

/** The lookup store is a destination like any other, but nobody needs to steer it. */
function LookupStore({ lookups, now }: Pick<ReadOverview, "lookups" | "now">) {
  const { behind, behindSince } = lookups;
  const longest = behindSince === null ? "" : `, the longest for ${span(now - behindSince)}`;
  return (
    <li
      id="lookup-store"
      class={`card ${behind > 0 ? "busy" : "good"}`}
      data-destination={PROFILE_STORE}
    >
      <div class="who">
        <h3>Lookup store</h3>
        <Badge
          {...(behind > 0
            ? { word: "Catching up", tone: "busy" }
            : { word: "In step", tone: "good" })}
        />
        <p class="faint">Workers KV</p>
      </div>
      <p class="why">
        {behind > 0
          ? `${counted(behind, "customer")} behind${longest}.`
          : "Every lookup gives the newest profile."}
      </p>
    </li>
  );
}

function Welcome() {
  return (
    <div class="card empty">
      <p>
        Updates are taken and can be looked up, but there is no CRM to keep in step. Add one as{" "}
        <code>[[vars.DESTINATIONS]]</code> in <code>wrangler.toml</code>, and deploy:
      </p>
      <pre>
        <code>{`[[vars.DESTINATIONS]]\nid = "hubspot"\nformat = "hubspot"\ncredentials = { token = "\${HUBSPOT_TOKEN}" }`}</code>
      </pre>
    </div>
  );
}
