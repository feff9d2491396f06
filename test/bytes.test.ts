// The small helpers on bytes: bounded reading, digests, comparison of secrets.
import { describe, expect, it, vi } from "vitest";
import { concatenate, readAtMost, secretsEqual, sha256Hex, toHex, utf8 } from "../src/bytes.ts";

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

  it("fails when the stream fails", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("reset"));
      },
    });
    await expect(readAtMost(stream, 3)).rejects.toThrow("reset");
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
