// What is asked of the API, and what fails in the relay itself, names nobody in the log.
import { describe, expect, it, vi } from "vitest";
import { consume } from "../../src/delivery/consumer.ts";
import type { Env } from "../../src/env.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { eventually } from "../support/eventually.ts";
import { profilePath } from "../support/relay-client.ts";
import { EMAIL, JANE, jane, withRecorder } from "../support/recorder.ts";
import { bindings, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();
const recorder = withRecorder();

/** Stands for a method of the ledger that fails in words that quote a customer. */
async function failWithJane(): Promise<never> {
  throw new SyntaxError(`"${JANE}" is not valid JSON`);
}

describe("anything else", () => {
  it("that is asked of the API names nobody, found or not", async () => {
    await relay.accept(jane(1));
    await relay.stands(JANE, "synced");
    const paths = [
      profilePath(JANE),
      `${profilePath(JANE)}/deliveries`,
      profilePath(EMAIL),
      `/v1/profiles?email=${EMAIL}`,
      `/v1/destinations?email=${EMAIL}`,
      `/${JANE}`,
    ];
    for (const path of paths) await relay.get(path);
    for (const path of paths)
      await relay.ask(path, { headers: { authorization: `Bearer ${JANE}` } });
    await relay.ask(`${profilePath(JANE)}/resync?destination=${JANE}`, { method: "POST" });
    expect(await relay.erase(JANE)).toBe(204);
    await eventually(() =>
      expect(recorder.lines("profile.stored").some(({ erased }) => erased === 1)).toBe(true),
    );
    expect(recorder.lines("request.failed")).toEqual([]);
  });

  it("that fails in the API is told with its request's id, and without its words", async () => {
    const LEDGER = { getByName: () => ({ profile: failWithJane }) };
    const ask = { headers: { authorization: `Bearer ${API_TOKEN}` } };
    const answers = [
      await relayWith({ LEDGER }).ask(profilePath(JANE), ask),
      await relayWith({ PROFILES: { get: null } }).ask(profilePath(JANE), ask),
      await relayWith({ API_TOKEN: "" }).ask(profilePath(JANE), ask),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 500, 503]);
    const ids = answers.map(({ body }) => (body as { readonly request_id: string }).request_id);
    expect(recorder.lines("request.failed")).toMatchObject([
      { request_id: ids[0], status: 503, error: "SyntaxError" },
      {
        request_id: ids[1],
        status: 500,
        error: "TypeError",
        at: expect.stringContaining("store.ts"),
      },
    ]);
    expect(recorder.lines("configuration.invalid")).toMatchObject([{ request_id: ids[2] }]);
  });

  it("that fails in the consumer says where, and without its words", async () => {
    const LEDGER = { getByName: () => ({ claim: failWithJane }) };
    const message = { body: { partition: 3 }, ack: vi.fn(), retry: vi.fn() };
    const batch = { messages: [message] } as unknown as MessageBatch;
    const ctx = { waitUntil: () => undefined } as unknown as ExecutionContext;
    await consume(batch, { ...bindings, LEDGER } as unknown as Env, ctx);
    expect(message.retry).toHaveBeenCalledOnce();
    expect(recorder.lines("consumer.failed")).toMatchObject([
      { partition: 3, error: "SyntaxError" },
    ]);
  });
});
