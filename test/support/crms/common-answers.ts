// What the answers of many vendors mean alike, as tests of an adapter: each names the vendor's own answers.
import { expect, it } from "vitest";
import type { Adapter } from "../../../src/destinations/adapter.ts";
import { answerOf } from "../adapters.ts";
import { deliveriesOf, endedBy } from "./calls.ts";

const three = deliveriesOf(3);

/** Tests that a call is tried again after each status with these headers, not before `afterMs`. */
export function testRetries(
  adapter: Adapter,
  answers: readonly (readonly [
    status: number,
    headers: Readonly<Record<string, string>>,
    afterMs: number | null,
  ])[],
): void {
  it.each(answers)("tries a %d with %j again", (status, headers, afterMs) => {
    expect(endedBy(adapter, three, status, "later", headers)).toEqual(
      three.map(() => ({ kind: "retry", status, error: `HTTP ${status}: later`, afterMs })),
    );
  });
}

/** Tests that a destination is held where the vendor lets nobody in, which it says by this body. */
export function testHolds(adapter: Adapter, body: unknown): void {
  it.each([
    [401, "the credentials were refused"],
    [403, "the credentials were refused"],
    [404, "the endpoint is gone"],
  ])("holds the destination after a %d", (status, why) => {
    const reason = `${why}: HTTP ${status}: ${answerOf(status, body).text}`;
    expect(endedBy(adapter, three, status, body)).toEqual(
      three.map(() => ({ kind: "held", status, reason })),
    );
  });
}
