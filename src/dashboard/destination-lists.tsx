// A destination's lists: who is behind, what was given up on, and the last errors.
import type { FailureView } from "../gate/view.ts";
import type { DeadLetter } from "../ledger/dead-letter.ts";
import type { Profile } from "../profile/profile.ts";
import { CsrfField, Table, Time } from "./layout.tsx";
import type { Part } from "./read.ts";
import { customerPath, CustomerTable } from "./search.tsx";
import type { Session } from "./session.ts";
import { ago, counted, number, valueWord } from "./words.ts";

/** Errors that are shown at once; the others are in the API. */
const SHOWN_ERRORS = 10;

/** Customers that it is behind with. */
export function Behind({
  count,
  behind,
}: {
  readonly count: number;
  readonly behind: Part<Profile>;
}) {
  const { items, isFirst, next } = behind;
  if (count === 0) {
    return <p class="empty card">Nobody: every customer is in step, or given up on.</p>;
  }
  const others = count - items.length;
  const isAll = isFirst && next === null && others > 0;
  return (
    <>
      {items.length > 0 && <CustomerTable label="Customers behind" profiles={items} />}
      {isAll && (
        <p>{`${counted(others, "customer")} more, of whom there are notifications and no profile.`}</p>
      )}
      <Pages list="behind" part={behind} />
    </>
  );
}

/** What was given up on, and another try of it. */
export function DeadLetters(props: {
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
        <form id="replay-all" method="post">
          <CsrfField session={session} />
          <button name="order" value="replay">
            Replay all
          </button>
        </form>
      )}
      <Table
        label="Dead letters"
        heads={["Customer", "Since", "Why", "It said", ...(mayAct ? ["Again"] : [])]}
      >
        {letters.items.map((letter) => (
          <tr id={idOf(letter)}>
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
                  <button class="quiet" name="order" value="replay">
                    {"Replay"}
                    <span class="hidden">{` ${letter.customer_id}`}</span>
                  </button>
                </form>
              </td>
            )}
          </tr>
        ))}
      </Table>
      <Pages list="dead" part={letters} />
    </>
  );
}

/** What went wrong last. */
export function Errors({
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

/** The ways to the other pages of a list. */
function Pages({ list, part }: { readonly list: string; readonly part: Part<unknown> }) {
  const { isFirst, next } = part;
  return (
    <p class="pages">
      {!isFirst && <a href={`?#${list}-title`}>Back to the first</a>}
      {next !== null && <a href={`?${list}=${next}#${list}-title`}>The next of them</a>}
    </p>
  );
}

/** The same letter has the same id however the list changes: a finger must not find another's button. */
function idOf({ customer_id, topic, sequence }: DeadLetter): string {
  return `letter-${encodeURIComponent(customer_id)}-${topic}-${sequence}`;
}
