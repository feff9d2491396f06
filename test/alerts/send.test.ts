// Telling the operator is best effort: one attempt, never a failure, and no secret in the log.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sendAlert } from "../../src/alerts/send.ts";
import { SAMPLE_ALERTS } from "../support/alerts.ts";
import { SIGNING_SECRET } from "../support/bindings.ts";

const now = Date.parse("2026-01-01T00:00:01Z");
const target = { url: "https://ops.example.com/s3cret", signingSecret: SIGNING_SECRET };
const answering = (status: number) => vi.fn(async () => new Response(null, { status }));

let lines: unknown[];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(JSON.parse(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("sendAlert", () => {
  it("posts the alert to its target", async () => {
    const fetcher = vi.fn<typeof fetch>(async () => new Response("ok"));
    await sendAlert(SAMPLE_ALERTS.held, target, { fetcher, now });
    expect(fetcher).toHaveBeenCalledExactlyOnceWith(
      target.url,
      expect.objectContaining({
        method: "POST",
        redirect: "manual",
        body: expect.stringContaining('"type":"relay.held"'),
        headers: expect.objectContaining({ "webhook-timestamp": String(now / 1000) }),
      }),
    );
  });

  it.each([200, 204])("logs a %i as sent", async (status) => {
    await sendAlert(SAMPLE_ALERTS.backlog, target, { fetcher: answering(status), now });
    expect(lines).toEqual([
      { event: "alert.sent", destination: "acme-crm", kind: "backlog", status },
    ]);
  });

  it.each([302, 400, 404, 429, 500])(
    "logs a %i as failed and does not ask again",
    async (status) => {
      const fetcher = answering(status);
      await sendAlert(SAMPLE_ALERTS.backlog, target, { fetcher, now });
      expect(fetcher).toHaveBeenCalledOnce();
      expect(lines).toEqual([
        { event: "alert.failed", destination: "acme-crm", kind: "backlog", status },
      ]);
    },
  );

  it("logs an answer that never came, without what the connection said", async () => {
    const fetcher = async (): Promise<Response> => {
      throw new TypeError(`cannot reach ${target.url}`);
    };
    await sendAlert(SAMPLE_ALERTS.recovered, target, { fetcher, now });
    expect(lines).toEqual([
      { event: "alert.failed", destination: "acme-crm", kind: "recovered", status: null },
    ]);
  });

  it("waits five seconds for an answer and no longer", async () => {
    const timeout = vi.spyOn(AbortSignal, "timeout");
    await sendAlert(SAMPLE_ALERTS.held, target, { fetcher: answering(200), now });
    expect(timeout).toHaveBeenCalledExactlyOnceWith(5_000);
  });
});
