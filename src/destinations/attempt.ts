// One HTTP exchange with a CRM, or with whoever hears of alerts, from the first byte sent to the last byte read, under one timeout.
import { readAtMost } from "../bytes.ts";
import type { RequestSpec, ResponseSummary } from "./adapter.ts";

/** What an exchange may take, and who carries it out. */
export interface AttemptContext {
  readonly timeoutMs: number;
  /** Bytes of the response that are read; a longer one is cut off, not waited for. */
  readonly maxBytes: number;
  readonly fetcher: typeof fetch;
}

/**
 * Sends a request. Never throws: a timeout or a broken connection is a summary as well. A redirect is
 * not followed, since it may lead into somebody's network.
 */
export async function attempt(
  spec: RequestSpec,
  { timeoutMs, maxBytes, fetcher }: AttemptContext,
): Promise<ResponseSummary> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { method, headers, body } = spec;
    const init = { method, headers, body, redirect: "manual", signal } as const;
    const response = await fetcher(spec.url, init);
    const { bytes } = await readAtMost(response.body, maxBytes);
    const text = new TextDecoder().decode(bytes);
    return { kind: "response", status: response.status, headers: response.headers, text };
  } catch (error) {
    const reason = signal.aborted
      ? `no complete answer within ${timeoutMs} ms`
      : `the connection failed: ${error instanceof Error ? error.message : "unknown"}`;
    return { kind: "no_response", reason };
  }
}
