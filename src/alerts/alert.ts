// What an operator is alerted to, and where the alerts go.

/** A transition that an operator should hear of. Times are in ms of Unix time. */
export type Alert = { readonly destination: string; readonly at: number } & (
  | {
      readonly kind: "breaker_opened" | "held";
      readonly reason: string;
      readonly nextAttemptAt: number;
    }
  | { readonly kind: "recovered"; readonly since: number }
  | { readonly kind: "dead_letter"; readonly reason: string }
  | { readonly kind: "backlog"; readonly oldestSince: number; readonly customers: number }
);

/** Where alerts go. */
export interface AlertTarget {
  readonly url: string;
  readonly signingSecret: string | null;
}
