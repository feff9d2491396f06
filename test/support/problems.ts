// How every error of the API must look (RFC 9457), whichever it is.
import { expect } from "vitest";
import type { Answer } from "./relay-client.ts";

/** Expects a problem of a kind, complete, and with nothing beyond what the contract names. */
export function expectProblem(answer: Answer, status: number, kind: string): void {
  expect(answer).toMatchObject({ status });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const { errors, ...problem } = answer.body as Readonly<Record<string, unknown>>;
  expect(problem).toEqual({
    type: `urn:gameball-relay:problem:${kind}`,
    title: expect.stringMatching(/^[A-Z].+/),
    status,
    detail: expect.stringMatching(/.+/),
    request_id: expect.stringMatching(/^[\w-]{8,}$/),
  });
  if (kind !== "invalid-webhook") expect(errors).toBeUndefined();
}
