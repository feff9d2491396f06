// What a format is: which settings a destination of it has, and its adapter.
import type { Topic } from "../topics.ts";
import type { Adapter } from "./adapter.ts";
import type { CrmMapping, Destination, Key, Rate } from "./destination.ts";

/** A way in which the relay can speak to a destination. */
export interface Format {
  /** What it can carry: a CRM's own API may have no place for some topics. */
  readonly topics: readonly Topic[];
  readonly defaultBatch: number;
  readonly maxBatch: number;
  /** The default. */
  readonly rate: Rate;
  /** What a CRM's own API asks for; `null` for formats that carry the relay's own events. */
  readonly crm: CrmFormat | null;
  adapter(destination: Destination): Adapter;
}

/** A destination that has a CRM's own API. */
export type CrmDestination = Destination & { readonly crm: CrmMapping };

/** What is particular to a CRM's own API. */
export interface CrmFormat {
  /** As the vendor writes it. */
  readonly name: string;
  /** Where its API begins, unless `url` says otherwise; `null` where that differs from account to account. */
  readonly url: string | null;
  /** Whom it can know a customer by; the first is the default. */
  readonly keys: readonly [Key, ...Key[]];
  /** A field's name as the vendor spells such: `gameball_tier_name` may be `Gameball_Tier_Name__c`. */
  readonly spell: (name: string) => string;
  /** Any key but an e-mail address is found in the field that the relay writes it to, so there must be one. */
  readonly keyIsField: boolean;
  /** The default of `update_only`; `null` where there is no such choice. */
  readonly updateOnly: boolean | null;
  /** The field without which nobody can be created. */
  readonly required: string | null;
  readonly credentials: Credentials;
}

/** What lets the relay in: a header made once, or tokens that expire. */
export type Credentials =
  | {
      readonly kind: "header";
      /** The settings in `credentials`, all of them required. */
      readonly settings: readonly string[];
      /** The header that carries them; when it is among `headers`, `credentials` may be missing. */
      readonly header: string;
      readonly value: (settings: Readonly<Record<string, string>>) => string;
    }
  | {
      readonly kind: "oauth";
      /** The settings in `credentials`; `token_url` is always among those that may be missing. */
      readonly settings: readonly string[];
      readonly optional: readonly string[];
      /** Where tokens are had unless `token_url` says so; `null` where the API's address does not tell. */
      readonly tokenUrl: (url: string) => string | null;
      /** What a token is asked for with. */
      readonly form: (
        settings: Readonly<Record<string, string>>,
      ) => Readonly<Record<string, string>>;
      /** What stands before the token in `authorization`. */
      readonly scheme: string;
    };

/** An address below the one where a CRM's API begins; that one may be given whole. */
export function endpoint(url: string, path: string): string {
  const base = url.replace(/\/+$/, "");
  return base.endsWith(path) ? base : base + path;
}

/** A destination as an adapter of a CRM's own API needs it; the configuration sees to it that it is one. */
export function crmOf(destination: Destination): CrmDestination {
  const { crm } = destination;
  if (crm === null) throw new Error(`${destination.format} needs fields and a key`);
  return { ...destination, crm };
}
