// What is mutated, and which tests are to notice. All of these run in Node, without a relay.

/** A file of pure transitions, and the tests that judge it. Paths are from the root. */
export interface Target {
  readonly file: string;
  /** Tests of milliseconds: all of them are asked first. */
  readonly quick: readonly string[];
  /** Tests of seconds, for those that no quick one notices. */
  readonly thorough: readonly string[];
}

const LEDGER = {
  quick: [
    ...["record", "claim", "settle", "erase", "recall", "refute"],
    ...["standing", "turn", "roster", "sum", "backoff", "dead-letter", "stream"],
  ].map((name) => `test/ledger/${name}.test.ts`),
  thorough: ["partition/crowd", "partition/feed", "backoff.property", "partition.property"].map(
    (name) => `test/ledger/${name}.test.ts`,
  ),
};
const GATE = {
  quick: [...["rules", "rate", "view", "statistics", "alerts", "jobs"]].map(
    (name) => `test/gate/${name}.test.ts`,
  ),
  thorough: ["rules", "rate", "latency"].map((name) => `test/gate/${name}.property.test.ts`),
};

/** All of them, ledger first. */
export const TARGETS: readonly Target[] = [
  ...[
    ...["profiles/record", "profiles/claim", "profiles/settle", "profiles/erase"],
    ...["profiles/recall", "profiles/refute", "profiles/standing", "profiles/profiles"],
    ...["turn", "backoff", "roster", "feed", "bell", "partition", "sum", "dead-letter"],
    ...["streams/stream", "streams/streams", "streams/notification-log"],
  ].map((name) => ({ file: `src/ledger/${name}.ts`, ...LEDGER })),
  ...["rules", "breaker", "rate", "latency", "statistics", "alerts", "jobs"].map((name) => ({
    file: `src/gate/${name}.ts`,
    ...GATE,
  })),
];
