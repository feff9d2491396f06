// How secrets are kept out of what a CRM said.
import { describe, expect, it } from "vitest";
import { mask } from "../../src/destinations/mask.ts";

describe("mask", () => {
  it("hides every occurrence of every secret", () => {
    expect(mask("a s1 b s2 c s1", ["s1", "s2"])).toBe("a *** b *** c ***");
  });

  it("leaves nothing of a secret that begins like another", () => {
    expect(mask("token-long token", ["token", "token-long"])).toBe("*** ***");
  });

  it("takes a secret literally", () => {
    expect(mask("aXb a.b $&", ["a.b", "$&"])).toBe("aXb *** ***");
  });
});
