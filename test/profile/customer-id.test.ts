// Which texts can be a customer's id, and what stands for one in logs.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { customerIdSchema, digestCustomerId, shortDigest } from "../../src/profile/customer-id.ts";
import { customerIdOf } from "../support/samples.ts";

describe("a customer's id", () => {
  it.each([
    ["one character", "x"],
    ["an address", "jane.doe+shop@example.com"],
    ["a slash", "a/b"],
    ["a percent sign", "100%25"],
    ["white space", " "],
    ["a null character", "\u0000"],
    ["an emoji", "👩‍👩‍👧"],
    ["three dots", "..."],
    ["512 ASCII bytes", "x".repeat(512)],
    ["512 bytes of two each", "é".repeat(256)],
    ["512 bytes of four each", "😀".repeat(128)],
  ])("may be %s", (_, id) => {
    expect(v.is(customerIdSchema, id)).toBe(true);
  });

  it.each([
    ["empty", ""],
    ["a dot", "."],
    ["two dots", ".."],
    ["513 ASCII bytes", "x".repeat(513)],
    ["513 bytes in fewer characters", "é".repeat(256) + "x"],
    ["a high surrogate alone", "a\ud83d"],
    ["a low surrogate alone", "\ude00a"],
    ["a number", 1],
  ])("may not be %s", (_, id) => {
    expect(v.is(customerIdSchema, id)).toBe(false);
  });
});

describe("a customer's digest", () => {
  it("is the SHA-256 of the id's UTF-8", async () => {
    // printf é | sha256sum
    const known = "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c";
    expect(await digestCustomerId(customerIdOf("é"))).toBe(known);
    expect(shortDigest(known)).toBe(known.slice(0, 12));
  });
});
