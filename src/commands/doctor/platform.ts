// What wrangler.toml asks of the platform: how it runs the code, the watch, and the log. Pure.
import type { WranglerConfig } from "../configuration.ts";
import { fault, type Finding, ok, unless, warning } from "./finding.ts";

/** What the relay was tested with; wrangler.toml as it is shipped says the same. */
export const SHIPPED_DATE = "2026-11-01";

/** The compatibility flags, and what happens without each. */
export const SHIPPED_FLAGS = {
  global_fetch_strictly_public:
    "a destination at your own zone would be reached past that zone's protections",
  queue_consumer_no_wait_for_wait_until:
    "a CRM that hangs would keep the deliveries to all others waiting",
} as const;

/** Compatibility date and flags. */
export function checkCompatibility({
  compatibility_date: date = "",
  compatibility_flags: flags,
}: Pick<WranglerConfig, "compatibility_date" | "compatibility_flags">): Finding[] {
  const old =
    date < SHIPPED_DATE
      ? [
          warning(
            `compatibility_date is ${date === "" ? "not set" : date}: the relay was tested with ${SHIPPED_DATE}`,
            `set compatibility_date = "${SHIPPED_DATE}"`,
          ),
        ]
      : [ok(`compatibility_date ${date}`)];
  const missing = Object.entries(SHIPPED_FLAGS)
    .filter(([flag]) => !flags.includes(flag))
    .map(([flag, what]) =>
      fault(`the flag ${flag} is missing: ${what}`, `add "${flag}" to compatibility_flags`),
    );
  return [
    ...old,
    ...(missing.length > 0 ? missing : [ok("both compatibility flags of the relay are set")]),
  ];
}

/** The cron that looks after what no webhook wakes. */
export function checkCron({ triggers }: Pick<WranglerConfig, "triggers">): Finding[] {
  const crons = triggers.crons ?? [];
  return crons.length > 0
    ? [ok(`the watch runs at ${crons.join(" and ")}`)]
    : [
        warning(
          "there is no cron: nobody is told of a backlog, and removed destinations are kept",
          'add [triggers] with crons = ["*/5 * * * *"]',
        ),
      ];
}

/** What the log keeps. */
export function checkObservability({
  observability,
}: Pick<WranglerConfig, "observability">): Finding[] {
  if (observability?.enabled !== true && observability?.logs?.enabled !== true) {
    return [
      warning(
        "observability is off: what the relay logs of attempts and dead letters is lost",
        "add [observability] with enabled = true",
      ),
    ];
  }
  return [
    ok("the log is kept"),
    ...unless(
      observability.redact_query_string === true,
      warning(
        "the log keeps query strings: e-mail addresses that were looked for, and customers' ids",
        "add redact_query_string = true to [observability]",
      ),
    ),
    ...unless(
      observability.logs?.invocation_logs === false,
      warning(
        "every invocation is logged: at low load that costs more than half of what the work does",
        "add invocation_logs = false to [observability.logs]",
      ),
    ),
  ];
}
