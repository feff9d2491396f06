// What one destination has of a customer, and what is still to come.
import { PAUSED } from "../gate/rules.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import type { DeliveryView } from "../ledger/view.ts";
import { type Changes, changesBetween } from "../profile/changes.ts";
import type { Profile } from "../profile/profile.ts";
import { Badge, CsrfField, Table, Time } from "./layout.tsx";
import type { Session } from "./session.ts";
import { counted, fieldName, labelOfDelivery, until, valueWord } from "./words.ts";

/** Where one destination stands with a customer, and what it is still to get. */
export function Delivery(props: {
  readonly delivery: DeliveryView;
  readonly holding: Profile | null;
  /** The newest. */
  readonly profile: Profile | null;
  /** The destination asks for profiles, and not for notifications alone. */
  readonly takesProfiles: boolean;
  readonly session: Session;
  readonly now: number;
}) {
  const { delivery, holding, session, now } = props;
  const profile = props.takesProfiles ? props.profile : null;
  const label = labelOfDelivery(delivery.state);
  const isStore = delivery.id === PROFILE_STORE;
  return (
    <article
      id={`delivery-${delivery.id}`}
      class={`card ${label.tone}`}
      data-destination={delivery.id}
    >
      <div class="who">
        <h3>
          {isStore ? "Lookup store" : <a href={`/destinations/${delivery.id}`}>{delivery.id}</a>}
        </h3>
        <Badge {...label} />
      </div>
      <p>{props.takesProfiles ? saidOfProfile(delivery) : saidOfEvents(delivery)}</p>
      <NextAttempt delivery={delivery} now={now} />
      {delivery.state !== "synced" && delivery.last_error !== null && !isPaused(delivery) && (
        <p class="words">{delivery.last_error}</p>
      )}
      {delivery.state !== "synced" && profile !== null && (
        <Pending holding={holding} profile={profile} />
      )}
      {session.role === "operator" && profile !== null && (
        <form method="post">
          <CsrfField session={session} />
          <input type="hidden" name="destination" value={delivery.id} />
          <button class="quiet" name="order" value="resync">
            {"Send again"}
            <span class="hidden">{` to ${delivery.id}`}</span>
          </button>
        </form>
      )}
    </article>
  );
}

/** A pause ends when somebody ends it, whenever the ledger looks. */
function isPaused({ state, last_error }: DeliveryView): boolean {
  return state === "held" && last_error === PAUSED;
}

function NextAttempt({ delivery, now }: { readonly delivery: DeliveryView; readonly now: number }) {
  const { state, attempts, next_attempt_at: at } = delivery;
  if (isPaused(delivery)) return <p>It waits until the destination is resumed.</p>;
  if (at === null || state === "synced") return null;
  return (
    <p>
      {"Tried again "}
      <Time at={at} words={until(at, now)} />
      {attempts > 0 ? `, after ${counted(attempts, "attempt")} that failed.` : "."}
    </p>
  );
}

function saidOfProfile(delivery: DeliveryView): string {
  const { acknowledged_sequence: known, newest_sequence: newest, last_outcome } = delivery;
  const waiting = delivery.events_waiting > 0 ? ` ${saidOfEvents(delivery)}` : "";
  if (known === 0) {
    return `It acknowledged nothing yet; the newest update is number ${newest}.${waiting}`;
  }
  const taken = last_outcome === "accepted" ? " It takes it now and writes it later." : "";
  if (known >= newest) return `It has the newest update, number ${newest}.${taken}${waiting}`;
  return `It has update number ${known} of ${newest}.${waiting}`;
}

function saidOfEvents({ events_waiting: count }: DeliveryView): string {
  if (count === 0) return "Nothing waits for it.";
  return `${counted(count, "event")} ${count === 1 ? "waits" : "wait"} in line.`;
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
