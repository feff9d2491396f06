// The table `claims`: what consumers took of customers whose own rows do not show it yet. So a claim is one
// row, and not one for each of its customers; it goes when all of them were written for another reason.
import * as v from "valibot";
import type { CustomerId } from "../../profile/customer-id.ts";
import { earliest, storedTimeSchema } from "../../time.ts";
import { type ClaimTerms, lend } from "../profiles/claim.ts";
import { dueAt } from "../profiles/standing.ts";
import type { CustomerState } from "../profiles/state.ts";
import { parseStored, type Sql } from "./sql.ts";

/** One customer of a claim: the state after it, and the keys of the destinations that were taken. */
export interface Lent {
  readonly customerId: CustomerId;
  readonly state: CustomerState;
  readonly keys: readonly string[];
}

/** What a row does not show. */
interface Loan {
  readonly keys: readonly string[];
  /** When the customer is due by it, in ms of Unix time. */
  readonly dueAt: number;
  readonly claim: {
    readonly terms: ClaimTerms;
    /** All customers whose rows do not show it. */
    readonly unshown: Set<CustomerId>;
  };
}

const integer = v.pipe(v.number(), v.integer());

/** A claim as stored. A customer's row does not show it when it is of this sequence, and of one claim less. */
const storedClaimSchema = v.object({
  at: storedTimeSchema,
  notBefore: v.record(v.string(), storedTimeSchema),
  customers: v.array(
    v.object({
      id: v.string(),
      sequence: integer,
      claims: integer,
      keys: v.pipe(v.array(v.string()), v.readonly()),
    }),
  ),
});
type StoredClaim = v.InferOutput<typeof storedClaimSchema>;

/** The claims of a partition. Like the customers it must not outlive a transaction that was undone. */
export class ClaimTable {
  readonly #sql: Sql;
  readonly #loans = new Map<CustomerId, Loan>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** How many customers' rows do not show what was taken of them. */
  get size(): number {
    return this.#loans.size;
  }

  /** Stores a claim for the rows of these customers. */
  write(terms: ClaimTerms, lent: readonly Lent[]): void {
    if (lent.length === 0) return;
    const { leaseId, at, notBefore } = terms;
    const customers = lent.map(({ customerId: id, state: { sequence, claims }, keys }) => {
      return { id, sequence, claims, keys };
    });
    const claim: StoredClaim = { at, notBefore, customers };
    const sql = "INSERT INTO claims (lease_id, claim) VALUES (?, ?)";
    this.#sql.exec(sql, leaseId, JSON.stringify(claim));
    this.#remember(terms, lent);
  }

  /** Remembers what is stored, given the customers as their rows show them; forgets claims that all rows show. */
  restore(rowOf: (customerId: CustomerId) => CustomerState | null): void {
    const sql = "SELECT lease_id AS leaseId, claim FROM claims";
    const rows = this.#sql.exec<{ leaseId: string; claim: string }>(sql).toArray();
    for (const { leaseId, claim } of rows) {
      const stored = parseStored(storedClaimSchema, claim);
      if (stored === null) {
        this.#remove(leaseId);
        continue;
      }
      const { customers, ...conditions } = stored;
      const terms = { leaseId, ...conditions };
      const lent = customers.flatMap(({ id, sequence, claims, keys }): Lent[] => {
        const customerId = id as CustomerId;
        const row = rowOf(customerId);
        if (row === null || row.sequence !== sequence || row.claims !== claims - 1) return [];
        return [{ customerId, state: lend(row, keys, terms), keys }];
      });
      if (lent.length === 0) this.#remove(leaseId);
      else this.#remember(terms, lent);
    }
  }

  has(customerId: CustomerId): boolean {
    return this.#loans.has(customerId);
  }

  /** A customer as it is, given what its row shows. */
  apply(customerId: CustomerId, row: CustomerState): CustomerState {
    const loan = this.#loans.get(customerId);
    return loan === undefined ? row : lend(row, loan.keys, loan.claim.terms);
  }

  /** Whether a customer is due at `now`; `null` when its row shows that. */
  isDue(customerId: CustomerId, now: number): boolean | null {
    const loan = this.#loans.get(customerId);
    return loan === undefined ? null : loan.dueAt <= now;
  }

  /** When the next of those is due whose rows do not show it, in ms of Unix time; `null` when there are none. */
  earliestDue(): number | null {
    return earliest(Array.from(this.#loans.values(), (loan) => loan.dueAt));
  }

  /** From now on a customer's row shows all that there is; whether it did not. */
  shown(customerId: CustomerId): boolean {
    const claim = this.#loans.get(customerId)?.claim;
    if (claim === undefined) return false;
    this.#loans.delete(customerId);
    claim.unshown.delete(customerId);
    if (claim.unshown.size === 0) this.#remove(claim.terms.leaseId);
    return true;
  }

  #remember(terms: ClaimTerms, lent: readonly Lent[]): void {
    const claim = { terms, unshown: new Set(lent.map(({ customerId }) => customerId)) };
    for (const { customerId, state, keys } of lent) {
      this.#loans.set(customerId, { keys, dueAt: dueAt(state) ?? terms.at, claim });
    }
  }

  #remove(leaseId: string): void {
    this.#sql.exec("DELETE FROM claims WHERE lease_id = ?", leaseId);
  }
}
