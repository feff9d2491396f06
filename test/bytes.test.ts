// The small helpers on bytes: bounded reading, digests, comparison of secrets.
import { describe, expect, it, vi } from "vitest";
import {
  concatenate,
  fitsInUtf8,
  fromUtf8,
  readAtMost,
  secretsEqual,
  sha256Hex,
  toHex,
  utf8,
} from "../src/bytes.ts";

/** A stream of chunks, and the spy that hears of its cancellation. */
function streamOf(chunks: readonly string[]) {
  const cancelled = vi.fn<() => void>();
  const left = [...chunks];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(utf8(next));
    },
    cancel: cancelled,
  });
  return { stream, cancelled };
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("readAtMost", () => {
  it("reads a short stream to its end", async () => {
    const { stream, cancelled } = streamOf(["ab", "", "cd"]);
    const { bytes, truncated } = await readAtMost(stream, 5);
    expect([textOf(bytes), truncated]).toEqual(["abcd", false]);
    expect(cancelled).not.toHaveBeenCalled();
  });

  it("does not call a stream of exactly that length truncated", async () => {
    const { bytes, truncated } = await readAtMost(streamOf(["ab", "cd"]).stream, 4);
    expect([textOf(bytes), truncated]).toEqual(["abcd", false]);
  });

  it("cuts a longer stream, also in the middle of a chunk, and cancels it", async () => {
    const { stream, cancelled } = streamOf(["ab", "cdef", "gh"]);
    const { bytes, truncated } = await readAtMost(stream, 3);
    expect([textOf(bytes), truncated]).toEqual(["abc", true]);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  it("reads nothing where there is no stream", async () => {
    expect(await readAtMost(null, 3)).toEqual({ bytes: new Uint8Array(), truncated: false });
  });

  it.each([
    ["right", 4, 9, "abcd", false],
    ["too low", 1, 9, "abcd", false],
    ["too high", 8, 9, "abcd", false],
    ["far too high", 1e12, 9, "abcd", false],
    ["right and all there may be", 4, 4, "abcd", false],
    ["right and too much", 4, 3, "abc", true],
    ["too low, and it is too much", 2, 3, "abc", true],
    ["nothing", Number.NaN, 3, "abc", true],
  ])("takes what was announced for a hint: %s", async (_, announced, maxBytes, text, truncated) => {
    // The platform's own stream, as a request's body is, and one of JavaScript's.
    for (const stream of [new Response("abcd").body, streamOf(["ab", "cd"]).stream]) {
      const read = await readAtMost(stream, maxBytes, announced);
      expect([textOf(read.bytes), read.truncated]).toEqual([text, truncated]);
    }
  });

  it("reads nothing of an empty stream, whatever was announced", async () => {
    expect((await readAtMost(new Response("").body, 9, 4)).bytes.byteLength).toBe(0);
    expect((await readAtMost(streamOf([]).stream, 9, 4)).bytes.byteLength).toBe(0);
  });

  it("fails when the stream fails", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("reset"));
      },
    });
    await expect(readAtMost(stream, 3)).rejects.toThrow("reset");
  });
});

describe("fromUtf8", () => {
  it("reads UTF-8 without its mark, refuses what is none, and is none the worse for it", () => {
    for (const wrong of [[0xff], [0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
      expect(() => fromUtf8(new Uint8Array(wrong))).toThrow(TypeError);
      expect(fromUtf8(utf8("\ufeff\u20ac{}"))).toBe("\u20ac{}");
    }
  });
});

describe("fitsInUtf8", () => {
  it.each([
    ["", 0, true],
    ["abc", 3, true],
    ["abcd", 3, false],
    ["\u20ac", 3, true],
    ["\u20ac", 2, false],
    ["\u{1f600}", 4, true],
    ["\u{1f600}", 3, false],
    ["abc", 9, true],
  ])("%j in %i bytes: %j", (text, maxBytes, expected) => {
    expect(fitsInUtf8(text, maxBytes)).toBe(expected);
  });
});

describe("secretsEqual", () => {
  it.each([
    ["a", "a", true],
    ["", "", true],
    ["é", "é", true],
    ["a", "b", false],
    ["a", "aa", false],
    ["", "a", false],
    ["a", "A", false],
    ["e\u0301", "\u00e9", false],
  ])("compares %j with %j", async (left, right, expected) => {
    expect(await secretsEqual(left, right)).toBe(expected);
    expect(await secretsEqual(right, left)).toBe(expected);
  });
});

describe("bytes", () => {
  it("are written as lower-case hex with leading zeros", () => {
    expect(toHex(new Uint8Array([0, 10, 255]))).toBe("000aff");
  });

  it("of a text have the known SHA-256", async () => {
    // printf abc | sha256sum
    const known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await sha256Hex("abc")).toBe(known);
  });

  it("are put together in order", () => {
    expect(concatenate([new Uint8Array([1]), new Uint8Array([2, 3])], 3)).toEqual(
      new Uint8Array([1, 2, 3]),
    );
  });
});
