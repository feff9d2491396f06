// Bodies that no careful sender would send: fast-check's arbitraries for them.
import fc from "fast-check";
import { NOTIFICATION_TOPIC } from "../../src/topics.ts";
import { sampleWebhook } from "./gameball.ts";

const deep = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

/** Values as raw JSON, each a trap for somebody: for parsers, for String(), for clones, for SQL. */
const ODD_VALUES: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1.5",
  "1e400",
  "-1e400",
  "1e-400",
  "1e21",
  "9007199254740993",
  "1".repeat(400),
  `-${"9".repeat(20)}`,
  "0.1234567890123456789",
  '""',
  '" "',
  '"."',
  '".."',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00a"',
  '"\\ufeff"',
  '"\uffff"',
  '"NaN"',
  '"1e400"',
  '"0x10"',
  '"-0"',
  '"__proto__"',
  '"\'; DROP TABLE customers; --"',
  '"2024-02-30T00:00:00Z"',
  '"9999-12-31T23:59:59.9999999Z"',
  '"0000-01-01T00:00:00Z"',
  '"2024-11-19T17:34:42.2971234+23:59"',
  '"2025-11-19 00:00:00"',
  '"+275760-09-13T00:00:00Z"',
  "{}",
  "[]",
  "[[]]",
  "[{}]",
  "[null]",
  "[{},{}]",
  '[{"email":1}]',
  "[[[[{}]]]]",
  '{"toString":1,"valueOf":1}',
  '{"toJSON":1}',
  '{"then":1}',
  '{"length":1e9}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"hasOwnProperty":1}',
  '{"":{"":{"":""}}}',
  '{"a":1,"a":2}',
  '{"\\ud800":"\\udfff"}',
  '{"$ref":"#"}',
  `"${"x".repeat(513)}"`,
  `"${"é".repeat(20_000)}"`,
  `"${"x".repeat(70_000)}"`,
  deep("[", "]", 31),
  deep("[", "]", 100),
  deep("[", "]", 30_000),
  `${'{"a":'.repeat(8_000)}1${"}".repeat(8_000)}`,
  `[${"0,".repeat(20_000)}0]`,
  `{${Array.from({ length: 2_000 }, (_, index) => `"k${index}":${index}`).join()}}`,
];

const ODD_NAMES = ["__proto__", "constructor", "prototype", "toString", "toJSON", "then", ""];
const { data, ...envelope } = sampleWebhook();
const PLACES: readonly (readonly ["top" | "data", string])[] = [
  ...[...Object.keys(envelope), "data", "attributes", ...ODD_NAMES].map(
    (name) => ["top", name] as const,
  ),
  ...[...Object.keys(data), "attributes", ...ODD_NAMES].map((name) => ["data", name] as const),
];

const jsonValue = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
const oddValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_VALUES) },
  jsonValue.map((value) => JSON.stringify(value)),
  fc.double().map(String),
  fc.bigInt().map(String),
);

const write = (members: ReadonlyMap<string, string>): string =>
  `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;

const members = (object: Readonly<Record<string, unknown>>): Map<string, string> =>
  new Map(Object.entries(object).map(([name, value]) => [name, JSON.stringify(value)]));

/** The documented sample with some of its values replaced, removed, or joined by odd ones. */
const mutatedSample = fc
  .array(fc.tuple(fc.constantFrom(...PLACES), fc.option(oddValue, { freq: 10 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((mutations) => {
    const parts = { top: members(envelope), data: members(data) };
    for (const [[where, name], json] of mutations) {
      if (json === null) parts[where].delete(name);
      else parts[where].set(name, json);
    }
    return write(new Map([["data", write(parts.data)], ...parts.top]));
  });

/** Notifications of which some parts are odd, and others missing. */
const oddNotification = fc
  .record(
    {
      customer_id: fc.oneof(fc.constant('"ann"'), oddValue),
      created_at: fc.oneof(fc.constant('"2024-11-12T19:02:24.631Z"'), oddValue),
      data: fc.oneof(
        fc.constant('[{"title":"Well Done!"}]'),
        oddValue,
        oddValue.map((json) => `[${json}]`),
        oddValue.map((json) => `[{"title":${json}}]`),
      ),
      type: oddValue,
    },
    { requiredKeys: ["customer_id", "created_at"] },
  )
  .map((parts) => write(new Map([["event", `"${NOTIFICATION_TOPIC}"`], ...Object.entries(parts)])));

/** The documented sample as text with a piece taken out and another put in. */
const brokenSample = fc
  .tuple(fc.nat(500), fc.nat(20), fc.string({ unit: "binary", maxLength: 10 }))
  .map(([at, length, piece]) => {
    const text = JSON.stringify(sampleWebhook());
    return text.slice(0, at) + piece + text.slice(at + length);
  });

/** Any bytes at all, any JSON at all, and samples that are nearly right. */
export const badBodies = {
  bytes: fc.uint8Array({ maxLength: 300 }),
  json: fc.oneof(
    jsonValue.map((value) => JSON.stringify(value)),
    fc.constantFrom(...ODD_VALUES),
    jsonValue.map((value) => JSON.stringify({ event: "customer.profile.updated", data: value })),
  ),
  mutated: mutatedSample,
  broken: brokenSample,
  notifications: oddNotification,
} as const;
