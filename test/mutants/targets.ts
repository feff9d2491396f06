// What is mutated, and which tests are to notice. All of these run in Node, without a relay.

/** A file of pure transitions, and the tests that judge it. Paths are from the root. */
export interface Target {
  readonly file: string;
  /** Tests of milliseconds: all of them are asked first. */
  readonly quick: readonly string[];
  /** Tests of seconds, for those that no quick one notices. */
  readonly thorough: readonly string[];
}

/** Files by their names' one varying part, in words. */
function paths(names: string, before: string, after = ".test.ts"): readonly string[] {
  return names.split(" ").map((name) => before + name + after);
}

const LEDGER = {
  quick: [
    ...paths("record claim settle erase recall refute standing turn", "test/ledger/"),
    ...paths("roster sum backoff dead-letter stream notification-log", "test/ledger/"),
  ],
  thorough: [
    ...paths("profiles claims streams crowd feed room", "test/ledger/partition/"),
    ...paths("backoff partition", "test/ledger/", ".property.test.ts"),
  ],
};
const GATE = {
  quick: paths("rules rate view statistics alerts jobs", "test/gate/"),
  thorough: paths(
    "rules breaker rate latency statistics alerts jobs",
    "test/gate/",
    ".property.test.ts",
  ),
};

const LEDGER_FILES = [
  ...paths("record claim settle erase recall refute standing profiles", "profiles/", ".ts"),
  ...paths("turn backoff roster feed bell partition sum dead-letter", "", ".ts"),
  "store/claims.ts",
  ...paths("stream streams notification-log", "streams/", ".ts"),
];
const GATE_FILES = paths("rules breaker rate latency statistics alerts jobs", "", ".ts");

/** All of them, ledger first. */
export const TARGETS: readonly Target[] = [
  ...LEDGER_FILES.map((name) => ({ file: `src/ledger/${name}`, ...LEDGER })),
  ...GATE_FILES.map((name) => ({ file: `src/gate/${name}`, ...GATE })),
];
