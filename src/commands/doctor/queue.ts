// The queue of doorbells: that what is rung is heard, and soon. Pure.
import type { WranglerConfig } from "../configuration.ts";
import { fault, type Finding, ok, warning } from "./finding.ts";

type Consumer = NonNullable<WranglerConfig["queues"]["consumers"]>[number];
type Setting = "max_batch_size" | "max_batch_timeout" | "max_retries";

/** What a setting is to be: what is shipped, what still serves, and what is lost beyond. */
interface Range {
  readonly shipped: number;
  readonly from: number;
  readonly to: number;
  readonly low: string;
  readonly high: string;
}

/** The settings as they are shipped; wrangler.toml says the same. */
export const QUEUE_SETTINGS: Readonly<Record<Setting, Range>> = {
  max_batch_size: {
    shipped: 100,
    from: 20,
    to: 100,
    low: "a run of the consumer answers few doorbells, so updates cost more runs and CRMs get smaller batches",
    high: "the platform takes no more",
  },
  max_batch_timeout: {
    shipped: 0,
    from: 0,
    to: 2,
    low: "the platform takes no less",
    high: "every update may wait for as many seconds",
  },
  max_retries: {
    shipped: 3,
    from: 1,
    to: 10,
    low: "after a run that failed only the ledger's own alarm rings again, a while later",
    high: "a doorbell that nobody can answer is rung in vain: the ledger rings by itself",
  },
};

/** The consumer of the queue that the relay rings. */
export function checkQueue({ queues }: Pick<WranglerConfig, "queues">): Finding[] {
  const rung = (queues.producers ?? []).find(({ binding }) => binding === "DELIVERIES")?.queue;
  // That there is no such binding is told with the bindings.
  if (typeof rung !== "string") return [];
  const consumers = queues.consumers ?? [];
  const consumer = consumers.find(({ queue }) => queue === rung);
  const others = consumers.filter(({ queue }) => queue !== rung).map(({ queue }) => queue);
  const strangers = others.map((queue) =>
    fault(
      `the relay would also consume ${queue}, whose messages it does not know and drops`,
      "remove that [[queues.consumers]]",
    ),
  );
  if (consumer === undefined) {
    return [
      fault(
        `nobody consumes ${rung}: nothing would ever be delivered`,
        `add [[queues.consumers]] with queue = "${rung}"`,
      ),
      ...strangers,
    ];
  }
  const findings = [...checkSettings(consumer), ...strangers];
  return findings.length > 0 ? findings : [ok(`${rung} is rung and consumed, set as shipped`)];
}

function checkSettings(consumer: Consumer): Finding[] {
  const names = Object.keys(QUEUE_SETTINGS) as Setting[];
  return names.flatMap((name) => {
    const { shipped, from, to, low, high } = QUEUE_SETTINGS[name];
    const value = consumer[name];
    const remedy = `set ${name} = ${shipped}`;
    if (value === undefined) {
      return warning(
        `${name} is not set: npm run dev and the platform have other defaults`,
        remedy,
      );
    }
    if (value < from) return warning(`${name} is ${value}: ${low}`, remedy);
    return value > to ? warning(`${name} is ${value}: ${high}`, remedy) : [];
  });
}
