// Which bodies count as signed by Gameball.
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { verifySignature } from "../../src/gameball/signature.ts";
import { signBody } from "../support/gameball.ts";

const KEY = "key";
const body = '{"a":1}';

describe("verifySignature", () => {
  it("agrees with the known SHA-1 of body, colon and key", async () => {
    // printf '{"a":1}:key' | sha1sum
    const known = "ae3b0fca93dafa49a6787f163cb59e6ec35ba71a";
    expect(await verifySignature(utf8(body), known, [KEY])).not.toBeNull();
  });

  it("gives back the very bytes that were signed", async () => {
    const bytes = utf8(body);
    expect(await verifySignature(bytes, await signBody(body, KEY), [KEY])).toBe(bytes);
  });

  it.each([
    ["upper-case hex", (digits: string) => digits.toUpperCase()],
    ["white space around", (digits: string) => ` ${digits}\t`],
  ])("takes a signature with %s", async (_, change) => {
    const signature = change(await signBody(body, KEY));
    expect(await verifySignature(utf8(body), signature, [KEY])).not.toBeNull();
  });

  it("takes a signature of the body as JavaScript writes it again", async () => {
    const sent = ' { "a" : 1.0,\r\n "é": "\\u0041\\/" } ';
    const signature = await signBody('{"a":1,"é":"A/"}', KEY);
    expect(await verifySignature(utf8(sent), signature, [KEY])).not.toBeNull();
  });

  it("takes every key that is configured, and no other", async () => {
    const signature = await signBody(body, "previous");
    expect(await verifySignature(utf8(body), signature, [KEY, "previous"])).not.toBeNull();
    expect(await verifySignature(utf8(body), signature, [KEY])).toBeNull();
    expect(await verifySignature(utf8(body), signature, [])).toBeNull();
  });

  it("verifies bytes that are no text", async () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x80]);
    expect(await verifySignature(bytes, await signBody(bytes, KEY), [KEY])).not.toBeNull();
  });

  it("refuses a body that was changed by one byte", async () => {
    expect(await verifySignature(utf8('{"a":2}'), await signBody(body, KEY), [KEY])).toBeNull();
  });

  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["too short", "0".repeat(39)],
    ["too long", "0".repeat(41)],
    ["no hex", "g".repeat(40)],
    ["in quotes, as the docs print it", `'${"0".repeat(40)}'`],
    ["digits of another script", "٠".repeat(40)],
    ["two in one", `${"0".repeat(40)}, ${"0".repeat(40)}`],
  ])("refuses a signature that is %s", async (_, signature) => {
    expect(await verifySignature(utf8(body), signature, [KEY])).toBeNull();
  });

  it("refuses the signature without the key", async () => {
    expect(await verifySignature(utf8(body), await signBody(body, ""), [KEY])).toBeNull();
  });

  it("refuses a wrongly signed body that nests too deeply to be written again", async () => {
    const deep = "[".repeat(32_000) + "]".repeat(32_000);
    expect(await verifySignature(utf8(deep), "0".repeat(40), [KEY])).toBeNull();
  });
});
