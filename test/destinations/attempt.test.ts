// One exchange with a CRM: what is sent, how much is read, and how it can fail.
import { describe, expect, it, vi } from "vitest";
import { attempt } from "../../src/destinations/attempt.ts";
import type { RequestSpec } from "../../src/destinations/adapter.ts";

const MAX_BYTES = 8 * 1024;
const LONG_MS = 10_000;
const limits = (timeoutMs: number, fetcher: typeof fetch) => ({
  timeoutMs,
  maxBytes: MAX_BYTES,
  fetcher,
});
const spec: RequestSpec = {
  method: "POST",
  url: "https://crm.example.com/hook",
  headers: { "x-a": "1" },
  body: "{}",
};

/** A body made of chunks; what becomes of the source is told to `watch`. */
function streamOf(next: (index: number) => Uint8Array | null, watch = vi.fn()): ReadableStream {
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = next(index);
      index += 1;
      if (chunk === null) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: watch,
  });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const answering = (body: BodyInit | null, init?: ResponseInit) => async () =>
  new Response(body, init);

const unreachable = async (): Promise<Response> => {
  throw new TypeError("DNS lookup failed");
};

/** Never answers; gives up when it is told to, as the platform's fetch does. */
const silent: typeof fetch = async (_url, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
  });

/** Begins an answer and never ends it. */
const hanging: typeof fetch = async (_url, init) => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes("begun"));
      init?.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
    },
  });
  return new Response(body);
};

describe("attempt", () => {
  it("sends the request as specified, and follows no redirect", async () => {
    const fetcher = vi.fn<typeof fetch>(answering("ok"));
    await attempt(spec, limits(LONG_MS, fetcher));
    expect(fetcher).toHaveBeenCalledExactlyOnceWith(spec.url, {
      method: "POST",
      headers: { "x-a": "1" },
      body: "{}",
      redirect: "manual",
      signal: expect.any(AbortSignal),
    });
  });

  it("gives back status, headers and text", async () => {
    const init = { status: 429, headers: { "retry-after": "5" } };
    const response = await attempt(spec, limits(LONG_MS, answering("slow down", init)));
    if (response.kind !== "response") throw new Error(response.reason);
    expect(response).toMatchObject({ status: 429, text: "slow down" });
    expect(response.headers.get("retry-after")).toBe("5");
  });

  it("goes through the platform's own fetch", async () => {
    const response = await attempt(spec, limits(LONG_MS, fetch));
    expect(response).toMatchObject({ kind: "response", status: 599, text: '"no CRM is here"' });
  });

  it("takes an answer without a body", async () => {
    const response = await attempt(spec, limits(LONG_MS, answering(null, { status: 204 })));
    expect(response).toMatchObject({ kind: "response", status: 204, text: "" });
  });

  it("puts text together that arrives in the middle of a character", async () => {
    const [head, tail] = [bytes("é").slice(0, 1), bytes("é").slice(1)];
    const body = streamOf((index) => [head, tail][index] ?? null);
    expect(await attempt(spec, limits(LONG_MS, answering(body)))).toMatchObject({ text: "é" });
  });

  it("takes bytes that are no text", async () => {
    const body = new Uint8Array([0xff, 0x41]);
    expect(await attempt(spec, limits(LONG_MS, answering(body)))).toMatchObject({
      text: "\ufffdA",
    });
  });

  it("reads 8 KB to the end", async () => {
    const body = "x".repeat(MAX_BYTES);
    expect(await attempt(spec, limits(LONG_MS, answering(body)))).toMatchObject({ text: body });
  });

  it("reads 8 KB of a body that never ends, and lets the rest go", async () => {
    const cancelled = vi.fn<() => void>();
    let pulled = 0;
    const body = streamOf(() => {
      pulled += 1;
      return bytes("x".repeat(1_000));
    }, cancelled);
    const response = await attempt(spec, limits(LONG_MS, answering(body)));
    expect(response).toMatchObject({ status: 200, text: "x".repeat(MAX_BYTES) });
    expect(cancelled).toHaveBeenCalledOnce();
    expect(pulled).toBeLessThan(12);
  });

  it("says why there is no answer when the connection fails", async () => {
    expect(await attempt(spec, limits(LONG_MS, unreachable))).toEqual({
      kind: "no_response",
      reason: "the connection failed: DNS lookup failed",
    });
  });

  it("has no answer when the connection breaks in the middle of one", async () => {
    const body = streamOf((index) => {
      if (index > 0) throw new Error("reset by peer");
      return bytes('{"ok":');
    });
    expect(await attempt(spec, limits(LONG_MS, answering(body)))).toEqual({
      kind: "no_response",
      reason: "the connection failed: reset by peer",
    });
  });

  it("ends at the timeout while it waits for the answer to begin", async () => {
    expect(await attempt(spec, limits(20, silent))).toEqual({
      kind: "no_response",
      reason: "no complete answer within 20 ms",
    });
  });

  it("ends at the timeout while it waits for the answer to end", async () => {
    expect(await attempt(spec, limits(20, hanging))).toEqual({
      kind: "no_response",
      reason: "no complete answer within 20 ms",
    });
  });

  it("has no answer when even the request cannot be made", async () => {
    const response = await attempt({ ...spec, headers: { x: "a\nb" } }, limits(LONG_MS, fetch));
    expect(response.kind).toBe("no_response");
  });
});
