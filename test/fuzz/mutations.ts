// How an input is made odd: values, keys and bytes of something right are replaced, removed, doubled or joined by
// others, many of which carry a canary, which must not be seen again.
import fc from "fast-check";

/** In no answer and in no line of the log. Its digits keep it from looking like the name of a setting. */
export const CANARY = "c4nary7f3e";

const deep = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

/** Values that somebody may trip over: for parsers, for arithmetic, for SQL, for prototypes. */
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e300,
  -1e300,
  2 ** 53,
  8.64e15 + 1,
  "",
  " ",
  "0",
  "NaN",
  "\ud800",
  "a\u0000b",
  "__proto__",
  "constructor",
  "toString",
  "2024-02-30T00:00:00Z",
  "9999-12-31T23:59:59.9999999Z",
  CANARY,
  `<${CANARY}>`,
  `${CANARY}@example.com`,
  "x".repeat(5_000),
  {},
  [],
  [null],
  [[CANARY]],
  { [CANARY]: CANARY },
  JSON.parse(
    '{"__proto__":{"a":1},"constructor":{"prototype":1},"toString":1,"then":1,"length":1e9}',
  ),
  deep(40),
  deep(2_000),
  Array.from({ length: 500 }, (_, index) => index),
];

/** Any JSON value, mostly an odd one. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD) },
  fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const ODD_KEYS = ["__proto__", "constructor", "prototype", "toJSON", "then", "", CANARY, "id"];

/** Something once in a while, and mostly nothing. */
export function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, arbitrary);
}

const mutation = fc.record({
  at: fc.nat(),
  how: fc.constantFrom("replace", "remove", "add", "repeat", "wrap"),
  key: fc.constantFrom(...ODD_KEYS),
  value: oddValue,
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

type Members = Record<string, unknown>;

/** JSON of one of some values of which a few parts are odd. */
export function mutatedJson(samples: readonly unknown[], most = 4): fc.Arbitrary<string> {
  const mutations = fc.array(mutation, { minLength: 1, maxLength: most });
  return fc
    .tuple(fc.constantFrom(...samples), mutations)
    .map(([sample, made]) => JSON.stringify(mutate(sample, made)) ?? "");
}

/** Bytes of one of some texts of which a few are others, missing, or new. */
export function mutatedBytes(samples: readonly string[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(),
    remove: fc.nat(6),
    insert: fc.uint8Array({ maxLength: 6 }),
  });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([sample, changes]) => {
      let bytes = [...new TextEncoder().encode(sample)];
      for (const { at, remove, insert } of changes) {
        bytes = bytes.toSpliced(at % (bytes.length + 1), remove, ...insert);
      }
      return new Uint8Array(bytes);
    });
}

/** A copy of a JSON value with some mutations, one after the other. */
function mutate(sample: unknown, mutations: readonly Mutation[]): unknown {
  const root: Members = { root: structuredClone(sample) };
  for (const { at, how, key, value } of mutations) {
    const places = placesIn(root);
    const place = places[at % places.length];
    if (place === undefined) break;
    const { parent, name } = place;
    const odd = structuredClone(value);
    const found = parent[name];
    switch (how) {
      case "replace":
        put(parent, name, odd);
        break;
      case "remove":
        delete parent[name];
        break;
      case "add":
        put(isParent(found) ? found : parent, key, odd);
        break;
      case "repeat":
        put(parent, name, [found, found]);
        break;
      case "wrap":
        put(parent, name, { [name]: found });
    }
  }
  return root["root"];
}

/** Every value within another, but for what is too deep to be looked at. */
function placesIn(
  parent: Members,
  depth = 0,
): { readonly parent: Members; readonly name: string }[] {
  return Object.entries(parent).flatMap(([name, value]) => [
    { parent, name },
    ...(isParent(value) && depth < 12 ? placesIn(value, depth + 1) : []),
  ]);
}

function isParent(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}

/** Puts a member, whatever its name: by assignment `__proto__` would be none. */
function put(parent: Members, name: string, value: unknown): void {
  const how = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(parent, Array.isArray(parent) && name === "" ? "0" : name, {
    ...how,
    value,
  });
}
