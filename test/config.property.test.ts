// No fault ever shows a secret, wherever it was pasted by mistake.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../src/config.ts";

const RUNS = { numRuns: 3_000 };
const crm = { id: "acme-crm", url: "https://crm.example.com/" };

const characters = (from: string, size: number) =>
  fc
    .array(fc.constantFrom(...from.split("")), { minLength: size, maxLength: size })
    .map((list) => list.join(""));

/** Secrets as services give them out: with a letter and a digit at least, so that none is a mere word. */
const secret = fc.oneof(
  characters("0123456789abcdef", 38).map((digits) => `a1${digits}`),
  characters("ABCDEFabcdef0123456789", 24).map((rest) => `sk_live_9${rest}`),
  characters("ABCDabcd0123+/", 32).map((rest) => `whsec_7${rest}`),
  characters("ABCDabcd0123", 20).map((rest) => `Bearer 5${rest}`),
  characters("abcd0123", 16).map((rest) => `https://user:pass4${rest}@crm.example.com/`),
  characters("abcd0123", 16).map((rest) => `http://crm.example.com/8${rest}`),
  fc.string({ unit: "binary", minLength: 12, maxLength: 40 }).map((rest) => `\u00e93${rest}`),
);

/** Ways to put a secret where it does not belong; each makes the configuration wrong. */
const MISTAKES: readonly ((secret: string) => Readonly<Record<string, unknown>>)[] = [
  (value) => ({ LEDGER_PARTITIONS: value }),
  (value) => ({ ALLOW_INSECURE_DESTINATIONS: value }),
  (value) => ({ DESTINATIONS: value }),
  (value) => ({ DESTINATIONS: `[${JSON.stringify(value)}` }),
  (value) => ({ DESTINATIONS: JSON.stringify({ [value]: value }) }),
  (value) => ({ DESTINATIONS: [value] }),
  (value) => ({ GAMEBALL_SECRET_KEY: [value] }),
  (value) => ({ API_TOKEN: { value } }),
  (value) => ({ API_READ_TOKEN: [value] }),
  (value) => ({ PROFILES: value }),
  (value) => ({ ALERT_URL: `x${value}` }),
  (value) => ({ ALERT_URL: `https://${value}@ops.example.com/` }),
  (value) => ({ ALERT_URL: `https://localhost/${value}` }),
  (value) => ({ ALERT_URL: [value] }),
  (value) => ({ ALERT_SIGNING_SECRET: `${value}~` }),
  (value) => ({ ALERT_SIGNING_SECRET: { value } }),
  ...[
    (value: string) => ({ id: `${value} ` }),
    (value: string) => ({ url: `x${value}` }),
    (value: string) => ({ url: `https://${value}@crm.example.com/` }),
    (value: string) => ({ url: `https://localhost/${value}` }),
    (value: string) => ({ headers: value }),
    (value: string) => ({ headers: [value] }),
    (value: string) => ({ headers: { [`${value}:`]: "authorization" } }),
    (value: string) => ({ headers: { [value]: 1 } }),
    (value: string) => ({ headers: { authorization: [value] } }),
    (value: string) => ({ headers: { authorization: `${value}\n` } }),
    (value: string) => ({ headers: { host: value } }),
    (value: string) => ({ headers: { authorization: `\${${value.replaceAll("}", "")}}` } }),
    (value: string) => ({ signing_secret: `${value}~` }),
    (value: string) => ({ signing_secret: [value] }),
    (value: string) => ({ format: value }),
    (value: string) => ({ topics: value }),
    (value: string) => ({ topics: [value] }),
    (value: string) => ({ deliver: value }),
    (value: string) => ({ batch: value }),
    (value: string) => ({ only_on: value }),
    (value: string) => ({ only_on: [value] }),
    (value: string) => ({ timeout_ms: value }),
    (value: string) => ({ rate: value }),
    (value: string) => ({ rate: { [value]: 1, limit: value, per_seconds: value } }),
    (value: string) => ({ give_up_after_hours: value }),
    (value: string) => ({ [value]: "signing_secret" }),
    (value: string) => ({ signing_token: value }),
  ].map((mistake) => (value: string) => ({ DESTINATIONS: [{ ...crm, ...mistake(value) }] })),
];

describe("the faults of a configuration", () => {
  it("never show a secret that was pasted in a wrong place", () => {
    const mistakes = fc.subarray([...MISTAKES], { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(secret, mistakes, (value, made) => {
        for (const mistake of made) {
          const configured = parseConfiguration({ GAMEBALL_SECRET_KEY: "key", ...mistake(value) });
          const shown = configured.ok ? [] : configured.faults;
          expect(shown.length).toBeGreaterThan(0);
          const texts = shown.flatMap(({ pointer, detail }) => [pointer, detail]).join("\n");
          expect(texts).not.toContain(value);
          expect(texts).not.toContain(value.slice(3, 12));
        }
      }),
      RUNS,
    );
  });

  it.each(MISTAKES.map((mistake, index) => [index, mistake] as const))(
    "are there for mistake %i, and show nothing of it",
    (_, mistake) => {
      const bindings = { PROFILES: {}, DELIVERIES: {}, LEDGER: {}, GATES: {} };
      const right = { ...bindings, GAMEBALL_SECRET_KEY: "key", API_TOKEN: "token" };
      expect(parseConfiguration({ ...right, DESTINATIONS: [crm] }).ok).toBe(true);
      const configured = parseConfiguration({ ...right, ...mistake("s3cret-s3cret") });
      expect(configured.ok).toBe(false);
      expect(JSON.stringify(configured)).not.toContain("s3cret");
    },
  );

  it("never show the value of a secret that is named and set", () => {
    fc.assert(
      fc.property(secret, (value) => {
        const configured = parseConfiguration({
          ACME_TOKEN: value,
          DESTINATIONS: [
            { id: "a", url: "${ACME_TOKEN}" },
            { id: "b", url: "https://localhost/${ACME_TOKEN}" },
            { id: "c", url: "https://c.example.com", signing_secret: "x${ACME_TOKEN}" },
            { id: "d", url: "https://d.example.com", headers: { a: "\n${ACME_TOKEN}" } },
          ],
        });
        expect(configured.ok ? [] : configured.faults).toHaveLength(10);
        const texts = JSON.stringify(configured);
        expect(texts).not.toContain(value);
        expect(texts).not.toContain(value.slice(3, 12));
      }),
      RUNS,
    );
  });
});
