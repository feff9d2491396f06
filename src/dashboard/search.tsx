// Finding a customer by id or e-mail.
import type { Profile } from "../profile/profile.ts";
import { Table } from "./layout.tsx";
import type { Part } from "./read.ts";
import { counted, valueWord } from "./words.ts";

/** The search, as it stands on several pages. */
export function SearchForm({ query }: { readonly query: string }) {
  return (
    <form class="search" role="search" method="get" action="/customers">
      <label for="q">Customer’s id or e-mail</label>
      <input
        id="q"
        name="q"
        type="search"
        value={query}
        required
        autocomplete="off"
        spellcheck={false}
      />
      <button>Find</button>
    </form>
  );
}

/** What was looked for, and who was found. */
export interface SearchProps {
  readonly query: string;
  readonly found: Part<Profile>;
}

/** The page's content. */
export function Search({ query, found: { items, next } }: SearchProps) {
  const more = new URLSearchParams({ q: query, from: next ?? "" }).toString();
  return (
    <>
      <h1>Customers</h1>
      <SearchForm query={query} />
      {query !== "" && items.length === 0 && (
        <p class="card empty" role="status">
          Nobody has this id or e-mail address here. Ids are compared letter by letter; an e-mail
          address must be whole. The relay knows a customer from the first webhook about them.
        </p>
      )}
      {items.length > 0 && (
        <>
          <p role="status">
            {`${counted(items.length, "customer")} found.${next === null ? "" : " There are more."}`}
          </p>
          <CustomerTable label="Customers found" profiles={items} />
        </>
      )}
      {next !== null && <a href={`?${more}`}>The next of them</a>}
    </>
  );
}

/** Customers, each with the way to their page. */
export function CustomerTable(props: {
  readonly label: string;
  readonly profiles: readonly Profile[];
}) {
  return (
    <Table label={props.label} heads={["Customer", "E-mail", "Tier", "Points", "Updated"]}>
      {props.profiles.map((profile) => (
        <tr id={`customer-${encodeURIComponent(profile.customer_id)}`}>
          <th scope="row">
            <a href={customerPath(profile.customer_id)}>{profile.customer_id}</a>
          </th>
          <td>{valueWord(profile.email)}</td>
          <td>{valueWord(profile.tier.name)}</td>
          <td class="number">{valueWord(profile.points.total)}</td>
          <td>{profile.occurred_at}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Where a customer's page is. */
export function customerPath(customerId: string): string {
  return `/customers/${encodeURIComponent(customerId)}`;
}
