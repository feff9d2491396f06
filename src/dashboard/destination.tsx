// One destination's page: how it stands and why, its last 24 hours, who is behind, what was given up on, and
// an operator's hand on it.
import type { Child } from "hono/jsx";
import type { DestinationView } from "../api/destination-view.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";
import { DeliveriesChart, describeDeliveries, describeLatency, LatencyChart } from "./charts.tsx";
import { Behind, DeadLetters, Errors } from "./destination-lists.tsx";
import { Badge, CsrfField, TitledSection } from "./layout.tsx";
import type { ReadDestination } from "./read.ts";
import type { Session } from "./session.ts";
import { FinishedSweeps, RunningSweeps } from "./sweep.tsx";
import { explain, labelOf } from "./words.ts";

/** A destination, seen by somebody at the time `now` (ms of Unix time). */
export interface DestinationProps extends ReadDestination {
  readonly session: Session;
  readonly now: number;
}

/** The page's content. */
export function DestinationPage(props: DestinationProps) {
  const { view, quarters, behind, deadLetters, session, now } = props;
  const label = labelOf(view);
  const mayAct = session.role === "operator";
  return (
    <>
      <p class="crumbs">
        <a href="/">Destinations</a>
      </p>
      <div id="standing" role="status">
        <h1>
          {view.id} <Badge {...label} />
        </h1>
      </div>
      <p id="why" class="why">
        {explain(view, now)}
      </p>
      <p class="faint">{`${view.format} · ${wantsOf(view)}`}</p>
      <div id="sweeps">
        <RunningSweeps view={view} now={now} />
        <FinishedSweeps view={view} now={now} />
      </div>
      {mayAct && <Actions {...props} />}
      <TitledSection id="day" title="The last 24 hours" class="charts">
        <figure class="card">
          <DeliveriesChart quarters={quarters} now={now} />
          <figcaption>{describeDeliveries(quarters)}.</figcaption>
        </figure>
        <figure class="card">
          <LatencyChart quarters={quarters} now={now} />
          <figcaption>{describeLatency(quarters)}.</figcaption>
        </figure>
      </TitledSection>
      <TitledSection id="behind" title="Customers behind">
        <Behind count={view.customers_behind} behind={behind} />
      </TitledSection>
      <TitledSection id="dead" title="Dead letters">
        <DeadLetters letters={deadLetters} session={session} now={now} />
      </TitledSection>
      <TitledSection id="errors" title="Last errors">
        <Errors errors={view.last_errors} now={now} />
      </TitledSection>
    </>
  );
}

function Actions({ view, session }: DestinationProps) {
  return (
    <div class="actions">
      {view.state !== "open" && (
        <OrderForm session={session} order="resume" class="strong">
          Resume
        </OrderForm>
      )}
      {view.state !== "paused" && (
        <OrderForm session={session} order="pause">
          Pause
        </OrderForm>
      )}
      <OrderForm session={session} order="test">
        Send a test
      </OrderForm>
      <form id="backfill" method="post">
        <CsrfField session={session} />
        <button name="order" value="backfill">
          Backfill
        </button>
        <label class="check">
          <input type="checkbox" name="all" value="yes" />
          also who is in step
        </label>
      </form>
    </div>
  );
}

function OrderForm(props: {
  readonly session: Session;
  readonly order: string;
  readonly class?: string;
  readonly children: Child;
}) {
  const { session, order, children } = props;
  return (
    <form id={order} method="post">
      <CsrfField session={session} />
      <button class={props.class} name="order" value={order}>
        {children}
      </button>
    </form>
  );
}

/** What a destination asks for, in words. */
function wantsOf({ topics, deliver }: DestinationView): string {
  const profiles =
    deliver === "latest" ? "the newest profile of each customer" : "every profile, in turn";
  const wants = [
    ...(topics.includes(PROFILE_TOPIC) ? [profiles] : []),
    ...(topics.includes(NOTIFICATION_TOPIC) ? ["every notification, in turn"] : []),
  ];
  return wants.join("; ");
}
