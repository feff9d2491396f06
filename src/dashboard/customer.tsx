// One customer's page: the profile, what each destination holds of it and what is still to come, what
// happened; sending it again, and forgetting.
import type { CustomerView } from "../ledger/customer-view.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import type { DeliveryView } from "../ledger/view.ts";
import { type Changes, changesBetween } from "../profile/changes.ts";
import { FIELDS } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { Badge, CsrfField, Table, Time } from "./layout.tsx";
import type { Session } from "./session.ts";
import { ago, fieldName, labelOfDelivery, until, valueWord, wordFor } from "./words.ts";

/** A customer, seen by somebody at the time `now` (ms of Unix time). */
export interface CustomerProps {
  readonly customer: CustomerView;
  readonly session: Session;
  readonly now: number;
}

/** Whether a destination is still to get something. */
export function isUnderWay({ deliveries }: CustomerView): boolean {
  return deliveries.destinations.some(({ state }) => state !== "synced" && state !== "dead");
}

/** The page's content. */
export function Customer({ customer, session, now }: CustomerProps) {
  const { profile, deliveries, holdings } = customer;
  const mayAct = session.role === "operator";
  return (
    <>
      <p class="crumbs">
        <a href="/customers">Customers</a>
      </p>
      <h1 class="id">{deliveries.customer_id}</h1>
      <div id="profile" data-live>
        {profile === null ? <NoProfile /> : <ProfileCard profile={profile} />}
      </div>
      <section aria-labelledby="deliveries-title">
        <h2 id="deliveries-title">What each destination has</h2>
        <div id="deliveries" class="deliveries" data-live>
          {deliveries.destinations.map((delivery) => (
            <Delivery
              delivery={delivery}
              holding={holdings[delivery.id] ?? null}
              profile={profile}
              session={session}
              now={now}
            />
          ))}
          {deliveries.destinations.length === 0 && (
            <p class="empty card">No destination knows of it.</p>
          )}
        </div>
        {mayAct && profile !== null && (
          <form method="post">
            <CsrfField session={session} />
            <button id="resync" name="order" value="resync">
              Send it to all again
            </button>
          </form>
        )}
      </section>
      <section aria-labelledby="timeline-title">
        <h2 id="timeline-title">What happened</h2>
        <div id="timeline" data-live>
          <Timeline entries={deliveries.timeline} now={now} />
        </div>
      </section>
      {mayAct && <Erasure session={session} />}
    </>
  );
}

function NoProfile() {
  return <p class="card empty">There is no profile of this customer.</p>;
}

function ProfileCard({ profile }: { readonly profile: Profile }) {
  const attributes = Object.entries(profile.attributes);
  return (
    <dl class="card fields">
      {Object.entries(FIELDS).map(([path, read]) => (
        <Field name={fieldName(path)} of={read(profile)} />
      ))}
      {attributes.map(([name, of]) => (
        <Field name={name} of={of} />
      ))}
      <Field name="Sequence" of={profile.sequence} />
      <Field name="Occurred at" of={profile.occurred_at} />
      <Field name="Received at" of={profile.received_at} />
      <Field name="Event id" of={profile.event_id} />
    </dl>
  );
}

function Field({ name, of }: { readonly name: string; readonly of: unknown }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{valueWord(of)}</dd>
    </div>
  );
}

function Delivery(props: {
  readonly delivery: DeliveryView;
  readonly holding: Profile | null;
  readonly profile: Profile | null;
  readonly session: Session;
  readonly now: number;
}) {
  const { delivery, holding, profile, session, now } = props;
  const label = labelOfDelivery(delivery.state);
  const isStore = delivery.id === PROFILE_STORE;
  return (
    <article class={`card ${label.tone}`} data-destination={delivery.id}>
      <div class="who">
        <h3>
          {isStore ? "Lookup store" : <a href={`/destinations/${delivery.id}`}>{delivery.id}</a>}
        </h3>
        <Badge {...label} />
      </div>
      <p>{acknowledged(delivery)}</p>
      {delivery.next_attempt_at !== null && delivery.state !== "synced" && (
        <p>
          {"Tried again "}
          <Time at={delivery.next_attempt_at} words={until(delivery.next_attempt_at, now)} />
          {delivery.attempts > 0 ? `, after ${delivery.attempts} that failed.` : "."}
        </p>
      )}
      {delivery.state !== "synced" && delivery.last_error !== null && (
        <p class="words">{delivery.last_error}</p>
      )}
      {delivery.state !== "synced" && profile !== null && (
        <Pending holding={holding} profile={profile} />
      )}
      {session.role === "operator" && profile !== null && (
        <form method="post">
          <CsrfField session={session} />
          <input type="hidden" name="destination" value={delivery.id} />
          <button id={`resync-${delivery.id}`} class="quiet" name="order" value="resync">
            {"Send again"}
            <span class="hidden">{` to ${delivery.id}`}</span>
          </button>
        </form>
      )}
    </article>
  );
}

function acknowledged(delivery: DeliveryView): string {
  const { acknowledged_sequence: known, newest_sequence: newest, last_outcome } = delivery;
  const waiting =
    delivery.events_waiting > 0 ? ` ${delivery.events_waiting} events wait in line.` : "";
  if (known === 0)
    return `It acknowledged nothing yet; the newest update is number ${newest}.${waiting}`;
  const taken = last_outcome === "accepted" ? " It takes it now and writes it later." : "";
  if (known >= newest) return `It has the newest update, number ${newest}.${taken}${waiting}`;
  return `It has update number ${known} of ${newest}.${waiting}`;
}

/** What is still to come: the difference between what a destination holds and the newest profile. */
function Pending({
  holding,
  profile,
}: {
  readonly holding: Profile | null;
  readonly profile: Profile;
}) {
  if (holding === null) return <p>The whole profile is still to come.</p>;
  const changes = Object.entries<Changes[string]>(changesBetween(holding, profile));
  if (changes.length === 0) return <p>What it holds is the same in every field.</p>;
  return (
    <Table label="What is still to come" heads={["Field", "It has", "Newest"]}>
      {changes.map(([path, { from, to }]) => (
        <tr>
          <th scope="row">{fieldName(path)}</th>
          <td>
            <del>{valueWord(from)}</del>
          </td>
          <td>
            <ins>{valueWord(to)}</ins>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Timeline(props: {
  readonly entries: CustomerView["deliveries"]["timeline"];
  readonly now: number;
}) {
  if (props.entries.length === 0) return <p class="empty card">Nothing is on record.</p>;
  return (
    <ol class="timeline">
      {props.entries.toReversed().map((entry) => (
        <li>
          <Time at={entry.at} words={ago(entry.at, props.now)} />
          <span>
            {entry.destination !== undefined && <b>{nameOf(entry.destination)} </b>}
            {`${wordFor(entry.event)} · update ${entry.sequence}`}
          </span>
          {entry.detail !== undefined && <span class="words">{entry.detail}</span>}
        </li>
      ))}
    </ol>
  );
}

function nameOf(destination: string): string {
  return destination === PROFILE_STORE ? "lookup store" : destination;
}

function Erasure({ session }: { readonly session: Session }) {
  return (
    <details class="card danger" id="erasure">
      <summary>Forget this customer …</summary>
      <form method="post">
        <p>
          The profile, what each destination acknowledged and the timeline are removed from the
          relay. The CRMs keep what they have. A newer webhook brings the customer back.
        </p>
        <CsrfField session={session} />
        <label class="check">
          <input type="checkbox" name="confirmed" value="yes" required />
          Forget this customer for good
        </label>
        <button class="danger" name="order" value="erase">
          Forget
        </button>
      </form>
    </details>
  );
}
