// One destination's page: how it stands and why, its last 24 hours, who is behind, what was given up on, and
// an operator's hand on it.
import type { FailureView } from "../gate/view.ts";
import type { DeadLetter } from "../ledger/dead-letter.ts";
import type { Profile } from "../profile/profile.ts";
import { DeliveriesChart, describeDeliveries, describeLatency, LatencyChart } from "./charts.tsx";
import { Badge, CsrfField, Table, Time } from "./layout.tsx";
import type { Part, ReadDestination } from "./read.ts";
import { customerPath, CustomerTable } from "./search.tsx";
import type { Session } from "./session.ts";
import { FinishedSweeps, RunningSweeps } from "./sweep.tsx";
import { ago, counted, explain, labelOf, number, valueWord } from "./words.ts";

/** A destination, seen by somebody at the time `now` (ms of Unix time). */
export interface DestinationProps extends ReadDestination {
  readonly session: Session;
  readonly now: number;
}

/** Errors that are shown at once; the others are in the API. */
const SHOWN_ERRORS = 10;

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
      <div id="standing" data-live role="status">
        <h1>
          {view.id} <Badge {...label} />
        </h1>
      </div>
      <p id="why" class="why" data-live>
        {explain(view, now)}
      </p>
      <p class="faint">{`${view.format} · ${view.topics.join(", ")} · ${view.deliver === "latest" ? "the newest profile of each customer" : "every profile in turn"}`}</p>
      <div id="sweeps" data-live>
        <RunningSweeps view={view} now={now} />
        <FinishedSweeps view={view} now={now} />
      </div>
      {mayAct && <Actions {...props} />}
      <section aria-labelledby="day-title">
        <h2 id="day-title">The last 24 hours</h2>
        <div id="day" class="charts" data-live>
          <figure class="card">
            <DeliveriesChart quarters={quarters} now={now} />
            <figcaption>{describeDeliveries(quarters)}.</figcaption>
          </figure>
          <figure class="card">
            <LatencyChart quarters={quarters} now={now} />
            <figcaption>{describeLatency(quarters)}.</figcaption>
          </figure>
        </div>
      </section>
      <section aria-labelledby="behind-title">
        <h2 id="behind-title">Customers behind</h2>
        <div id="behind" data-live>
          <Behind count={view.customers_behind} behind={behind} />
        </div>
      </section>
      <section aria-labelledby="dead-title">
        <h2 id="dead-title">Dead letters</h2>
        <div id="dead" data-live>
          <DeadLetters letters={deadLetters} session={session} now={now} />
        </div>
      </section>
      <section aria-labelledby="errors-title">
        <h2 id="errors-title">Last errors</h2>
        <div id="errors" data-live>
          <Errors errors={view.last_errors} now={now} />
        </div>
      </section>
    </>
  );
}

/** Its live part is the button that depends on the state; what a person is about to press stays. */
function Actions({ view, session }: DestinationProps) {
  const isOpen = view.state === "open";
  return (
    <div class="actions">
      <form method="post" id="steering" data-live>
        <CsrfField session={session} />
        {isOpen ? (
          <button id="pause" name="order" value="pause">
            Pause
          </button>
        ) : (
          <button id="resume" class="strong" name="order" value="resume">
            Resume
          </button>
        )}
      </form>
      <form method="post">
        <CsrfField session={session} />
        <button id="test" name="order" value="test">
          Send a test
        </button>
      </form>
      <form method="post">
        <CsrfField session={session} />
        <button id="backfill" name="order" value="backfill">
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

function Behind({ count, behind }: { readonly count: number; readonly behind: Part<Profile> }) {
  if (count === 0)
    return <p class="empty card">Nobody: every customer is in step, or given up on.</p>;
  return (
    <>
      <p>{`${counted(count, "customer")}, of whom these are some:`}</p>
      <CustomerTable label="Customers behind" profiles={behind.items} />
      <More list="behind" next={behind.next} />
    </>
  );
}

function DeadLetters(props: {
  readonly letters: Part<DeadLetter>;
  readonly session: Session;
  readonly now: number;
}) {
  const { letters, session, now } = props;
  const mayAct = session.role === "operator";
  if (letters.items.length === 0) return <p class="empty card">None: nothing was given up on.</p>;
  return (
    <>
      {mayAct && (
        <form method="post">
          <CsrfField session={session} />
          <button id="replay" name="order" value="replay">
            Replay all
          </button>
        </form>
      )}
      <Table
        label="Dead letters"
        heads={["Customer", "Since", "Why", "It said", ...(mayAct ? ["Again"] : [])]}
      >
        {letters.items.map((letter, index) => (
          <tr>
            <th scope="row">
              <a href={customerPath(letter.customer_id)}>{letter.customer_id}</a>
            </th>
            <td>
              <Time at={letter.since} words={ago(letter.since, now)} />
            </td>
            <td>{letter.reason}</td>
            <td class="words">{valueWord(letter.last_error)}</td>
            {mayAct && (
              <td>
                <form method="post">
                  <CsrfField session={session} />
                  <input type="hidden" name="customer_id" value={letter.customer_id} />
                  <button id={`replay-${index}`} class="quiet" name="order" value="replay">
                    Replay
                  </button>
                </form>
              </td>
            )}
          </tr>
        ))}
      </Table>
      <More list="dead" next={letters.next} />
    </>
  );
}

function Errors({
  errors,
  now,
}: {
  readonly errors: readonly FailureView[];
  readonly now: number;
}) {
  if (errors.length === 0) return <p class="empty card">None on record.</p>;
  return (
    <Table label="Last errors" heads={["When", "Status", "What went wrong", "Deliveries"]}>
      {errors.slice(0, SHOWN_ERRORS).map(({ at, status, error, deliveries }) => (
        <tr>
          <td>
            <Time at={at} words={ago(at, now)} />
          </td>
          <td class="number">{status ?? "none"}</td>
          <td class="words">{error}</td>
          <td class="number">{number(deliveries)}</td>
        </tr>
      ))}
    </Table>
  );
}

function More({ list, next }: { readonly list: string; readonly next: string | null }) {
  if (next === null) return null;
  return <a href={`?${list}=${next}#${list}-title`}>The next of them</a>;
}
