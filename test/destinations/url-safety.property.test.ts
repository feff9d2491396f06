// No spelling of a forbidden address gets through, and no public one is kept out.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDestinationUrl } from "../../src/destinations/url-safety.ts";

const RUNS = { numRuns: 2_000 };

/** Networks that are nobody's business, as first address and length of the prefix (RFC 6890). */
const FORBIDDEN: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

const toNumber = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

const forbidden = fc
  .tuple(fc.constantFrom(...FORBIDDEN), fc.nat(2 ** 32 - 1))
  .map(([[first, bits], any]) => toNumber(first) + (any % 2 ** (32 - bits)));

type Radix = "decimal" | "octal" | "hex" | "HEX";
const radix = fc.constantFrom<Radix[]>("decimal", "octal", "hex", "HEX");

function write(value: number, how: Radix): string {
  switch (how) {
    case "decimal":
      return String(value);
    case "octal":
      return `0${value.toString(8)}`;
    case "hex":
      return `0x${value.toString(16)}`;
    case "HEX":
      return `0X${value.toString(16).toUpperCase()}`;
  }
}

/** An address in one to four parts, each in a notation of its own (inet_aton). */
const spelling = (address: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  fc
    .tuple(address, fc.integer({ min: 1, max: 4 }), fc.array(radix, { minLength: 4, maxLength: 4 }))
    .map(([value, parts, radixes]) => {
      const octets = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
      const last = octets.slice(parts - 1).reduce((sum, octet) => sum * 256 + octet, 0);
      const values = [...octets.slice(0, parts - 1), last];
      return values.map((part, index) => write(part, radixes[index] ?? "decimal")).join(".");
    });

const hexPair = (value: number): string =>
  `${Math.floor(value / 65536).toString(16)}:${(value % 65536).toString(16)}`;

describe("checkDestinationUrl", () => {
  it("refuses every IPv4 address of a forbidden network in every notation", () => {
    fc.assert(
      fc.property(spelling(forbidden), fc.constantFrom("", ".", ".."), (host, dot) => {
        expect(checkDestinationUrl(`https://${host}${dot}/`, false)).not.toBeNull();
      }),
      RUNS,
    );
  });

  it("refuses every IPv6 address that carries an IPv4 address", () => {
    const prefix = fc.constantFrom("::ffff:", "::", "::ffff:0:", "64:ff9b::", "0:0:0:0:0:ffff:");
    fc.assert(
      fc.property(prefix, fc.nat(2 ** 32 - 1), (start, value) => {
        expect(checkDestinationUrl(`https://[${start}${hexPair(value)}]/`, false)).not.toBeNull();
      }),
      RUNS,
    );
  });

  it("refuses every IPv6 address that is not global unicast", () => {
    const groups = fc.array(fc.nat(65535), { minLength: 7, maxLength: 7 });
    const first = fc.nat(65535).filter((group) => Math.floor(group / 2 ** 13) !== 1);
    fc.assert(
      fc.property(first, groups, (start, rest) => {
        const host = [start, ...rest].map((group) => group.toString(16)).join(":");
        expect(checkDestinationUrl(`https://[${host}]/`, false)).not.toBeNull();
      }),
      RUNS,
    );
  });

  it("lets public IPv4 addresses pass in every notation", () => {
    const known = fc.constantFrom("1.1.1.1", "8.8.8.8", "93.184.215.14").map(toNumber);
    fc.assert(
      fc.property(spelling(known), (host) => {
        expect(checkDestinationUrl(`https://${host}/`, false)).toBeNull();
      }),
      RUNS,
    );
  });

  it("never throws and never repeats what it was given", () => {
    const odd = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl({ withFragments: true }));
    fc.assert(
      fc.property(odd, fc.boolean(), (text, allowInsecure) => {
        const marked = `${text}s3cret`;
        expect(checkDestinationUrl(marked, allowInsecure) ?? "").not.toContain("s3cret");
      }),
      RUNS,
    );
  });
});
