// The table `claims`: what consumers took of customers whose own rows do not show it yet. So a claim is one
// row, and not one for each of its customers; it goes when all of them were written for another reason.
import * as v from "valibot";
import type { CustomerId } from "../../profile/customer-id.ts";
import { storedTimeSchema } from "../../time.ts";
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
  readonly terms: ClaimTerms;
  /** When the customer is due by it, in ms of Unix time. */
  readonly dueAt: number;
}

const integer = v.pipe(v.number(), v.integer());

/** A claim as stored. A customer's row does not show it when it is of this sequence, and of one claim less. */
const storedClaimSchema = v.object({
  at: storedTimeSchema,
  notBefore: v.record(v.string(), storedTimeSchema),
  customers: v.array(
    v.object({ id: v.string(), sequence: integer, claims: integer, keys: v.array(v.string()) }),
  ),
});

/** The claims of a partition. Like the customers it must not outlive a transaction that was undone. */
export class ClaimTable {
  readonly #sql: Sql;
  readonly #loans = new Map<CustomerId, Loan>();
  /** The customers of each claim whose rows do not show it, by its lease. */
  readonly #open = new Map<string, Set<CustomerId>>();

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
    const sql = "INSERT INTO claims (lease_id, claim) VALUES (?, ?)";
    this.#sql.exec(sql, leaseId, JSON.stringify({ at, notBefore, customers }));
    this.#remember(terms, lent);
  }

  /** Remembers what is stored, given the customers as their rows show them; forgets claims that all rows show. */
  restore(rowOf: (customerId: CustomerId) => CustomerState | null): void {
    const sql = "SELECT lease_id AS leaseId, claim FROM claims";
    const rows = this.#sql.exec<{ leaseId: string; claim: string }>(sql).toArray();
    for (const { leaseId, claim } of rows) {
      const stored = parseStored(storedClaimSchema, claim);
      const terms = { leaseId, at: stored?.at ?? 0, notBefore: stored?.notBefore ?? {} };
      const lent = (stored?.customers ?? []).flatMap(({ id, sequence, claims, keys }): Lent[] => {
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
    return loan === undefined ? row : lend(row, loan.keys, loan.terms);
  }

  /** Whether a customer is due at `now`, if that is another time than its row shows. */
  isDue(customerId: CustomerId, now: number): boolean | null {
    const loan = this.#loans.get(customerId);
    return loan === undefined ? null : loan.dueAt <= now;
  }

  /** When the next of those is due whose rows show another time; `null` when there are none. */
  earliestDue(): number | null {
    let earliest: number | null = null;
    for (const loan of this.#loans.values()) {
      if (earliest === null || loan.dueAt < earliest) earliest = loan.dueAt;
    }
    return earliest;
  }

  /** A customer's row shows all that there is from now on; whether it did not. */
  shown(customerId: CustomerId): boolean {
    const leaseId = this.#loans.get(customerId)?.terms.leaseId;
    if (leaseId === undefined) return false;
    this.#loans.delete(customerId);
    const open = this.#open.get(leaseId);
    open?.delete(customerId);
    if (open?.size === 0) {
      this.#open.delete(leaseId);
      this.#remove(leaseId);
    }
    return true;
  }

  #remember(terms: ClaimTerms, lent: readonly Lent[]): void {
    for (const { customerId, state, keys } of lent) {
      this.#loans.set(customerId, { keys, terms, dueAt: dueAt(state) ?? terms.at });
    }
    this.#open.set(terms.leaseId, new Set(lent.map(({ customerId }) => customerId)));
  }

  #remove(leaseId: string): void {
    this.#sql.exec("DELETE FROM claims WHERE lease_id = ?", leaseId);
  }
}
