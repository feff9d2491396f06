// What is mutated, and which tests are to notice. All of these run in Node, without a relay.

/** A file of pure transitions, and the tests that judge it, quick ones first. Paths are from the root. */
export interface Target {
  readonly file: string;
  readonly tests: readonly string[];
}

const PARTITION = "test/ledger/partition.property.test.ts";
const CUSTOMER = ["record", "claim", "settle", "erase", "recall", "refute"];
const LEDGER = [
  ...CUSTOMER.map((name) => `test/ledger/${name}.test.ts`),
  "test/ledger/roster.test.ts",
  PARTITION,
];
const GATE = [
  "test/gate/rules.test.ts",
  "test/gate/rate.test.ts",
  "test/gate/view.test.ts",
  "test/gate/rules.property.test.ts",
  "test/gate/rate.property.test.ts",
];

/** All of them, ledger first. */
export const TARGETS: readonly Target[] = [
  { file: "src/ledger/profiles/record.ts", tests: LEDGER },
  { file: "src/ledger/profiles/claim.ts", tests: LEDGER },
  { file: "src/ledger/profiles/settle.ts", tests: LEDGER },
  { file: "src/ledger/profiles/erase.ts", tests: LEDGER },
  { file: "src/ledger/profiles/recall.ts", tests: LEDGER },
  { file: "src/ledger/profiles/refute.ts", tests: LEDGER },
  { file: "src/ledger/profiles/standing.ts", tests: LEDGER },
  { file: "src/ledger/turn.ts", tests: LEDGER },
  { file: "src/ledger/roster.ts", tests: LEDGER },
  { file: "src/ledger/feed.ts", tests: LEDGER },
  { file: "src/ledger/partition.ts", tests: LEDGER },
  { file: "src/ledger/bell.ts", tests: LEDGER },
  { file: "src/ledger/streams/stream.ts", tests: LEDGER },
  { file: "src/gate/rules.ts", tests: GATE },
  { file: "src/gate/breaker.ts", tests: GATE },
  { file: "src/gate/rate.ts", tests: GATE },
  {
    file: "src/gate/statistics.ts",
    tests: ["test/gate/statistics.test.ts", "test/gate/latency.property.test.ts"],
  },
  { file: "src/gate/alerts.ts", tests: ["test/gate/alerts.test.ts"] },
  { file: "src/gate/jobs.ts", tests: ["test/gate/jobs.test.ts"] },
];
