// Whatever the reason of an alert, it is valid JSON, its signature verifies, and nothing of a CRM's
// answer or of Slack's control characters gets through.
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { alertRequest } from "../../src/alerts/request.ts";
import { SAMPLE_ALERTS } from "../support/alerts.ts";
import { SIGNING_SECRET } from "../support/bindings.ts";

const RUNS = { numRuns: 1_000 };
const text = fc.string({ unit: "binary", maxLength: 200 });
const sampleWith = (reason: string) => ({ ...SAMPLE_ALERTS.held, reason });

describe("an alert of any reason", () => {
  it("verifies, and carries the reason as it is", () => {
    const target = { url: "https://ops.example.com/", signingSecret: SIGNING_SECRET };
    const own = text.filter((reason) => !reason.includes("HTTP"));
    fc.assert(
      fc.property(own, (reason) => {
        const { headers, body } = alertRequest(sampleWith(reason), target, Date.now());
        const event = new Webhook(SIGNING_SECRET).verify(body, headers);
        expect(event).toMatchObject({ type: "relay.held", data: { reason } });
      }),
      RUNS,
    );
  });

  it("ends at the status of an answer", () => {
    const target = { url: "https://ops.example.com/", signingSecret: null };
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), text, (status, answer) => {
        const reason = `the endpoint is gone: HTTP ${status}`;
        const whole = alertRequest(sampleWith(`${reason}: ${answer}`), target, 0);
        expect(whole).toEqual(alertRequest(sampleWith(reason), target, 0));
      }),
      RUNS,
    );
  });

  it("has no control character of Slack's, and can be read back", () => {
    const target = { url: "https://hooks.slack.com/services/x", signingSecret: null };
    const own = text.filter((reason) => !reason.includes("HTTP"));
    fc.assert(
      fc.property(own, (reason) => {
        const { body } = alertRequest(sampleWith(reason), target, 0);
        const { text: shown } = JSON.parse(body) as { text: string };
        expect(shown).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
        const plain = shown
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&amp;", "&");
        expect(plain).toContain(`(${reason})`);
      }),
      RUNS,
    );
  });
});
