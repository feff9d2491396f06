// One customer's page: the profile, what each destination holds of it and what is still to come, what
// happened; sending it again, and forgetting.
import type { Destination } from "../destinations/destination.ts";
import type { CustomerView } from "../ledger/customer-view.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import { FIELDS } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import { Delivery } from "./customer-delivery.tsx";
import { CsrfField, Time, TitledSection } from "./layout.tsx";
import type { Session } from "./session.ts";
import { ago, fieldName, valueWord, wordFor } from "./words.ts";

/** A customer, seen by somebody at the time `now` (ms of Unix time). */
export interface CustomerProps {
  readonly destinations: readonly Destination[];
  readonly customer: CustomerView;
  readonly session: Session;
  readonly now: number;
}

/** Whether a destination is about to get something. */
export function isUnderWay({ deliveries }: CustomerView): boolean {
  return deliveries.destinations.some(({ state }) => state === "pending" || state === "in_flight");
}

/** The page's content. */
export function Customer({ customer, destinations, session, now }: CustomerProps) {
  const { profile, deliveries, holdings } = customer;
  const mayAct = session.role === "operator";
  const takesProfiles = (id: string): boolean =>
    destinations.every((one) => one.id !== id || one.topics.includes(PROFILE_TOPIC));
  return (
    <>
      <p class="crumbs">
        <a href="/customers">Customers</a>
      </p>
      <h1 class="id">{deliveries.customer_id}</h1>
      <div id="profile">{profile === null ? <NoProfile /> : <ProfileCard profile={profile} />}</div>
      <TitledSection id="deliveries" title="What each destination has" class="deliveries">
        {deliveries.destinations.map((delivery) => (
          <Delivery
            delivery={delivery}
            holding={holdings[delivery.id] ?? null}
            profile={profile}
            takesProfiles={takesProfiles(delivery.id)}
            session={session}
            now={now}
          />
        ))}
        {deliveries.destinations.length === 0 && (
          <p class="empty card">No destination knows of it.</p>
        )}
      </TitledSection>
      {mayAct && profile !== null && (
        <form id="resync" method="post">
          <CsrfField session={session} />
          <button name="order" value="resync">
            Send it to all again
          </button>
        </form>
      )}
      <TitledSection id="timeline" title="What happened">
        <Timeline entries={deliveries.timeline} now={now} />
      </TitledSection>
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
