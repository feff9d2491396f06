// What an operator is sent: the body of every kind of alert, its headers, and Slack's shape of it.
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { alertRequest } from "../../src/alerts/request.ts";
import { SAMPLE_ALERTS } from "../support/alerts.ts";
import { SIGNING_SECRET } from "../support/bindings.ts";

const NOW = Date.parse("2026-01-01T00:00:01Z");
const target = { url: "https://ops.example.com/alerts?key=s3cret", signingSecret: null };
const { breaker_opened, held, recovered, dead_letter, backlog } = SAMPLE_ALERTS;

describe("an alert", () => {
  it.each([
    [
      breaker_opened,
      {
        reason: "no complete answer within 10000 ms",
        next_attempt_at: "2026-01-01T00:00:30.123Z",
        text: "acme-crm keeps failing (no complete answer within 10000 ms); next attempt at 2026-01-01T00:00:30.123Z.",
      },
    ],
    [
      held,
      {
        reason: "the credentials were refused: HTTP 401",
        next_attempt_at: "2026-01-01T00:01:00.123Z",
        text: "acme-crm turns everything away (the credentials were refused: HTTP 401); next attempt at 2026-01-01T00:01:00.123Z.",
      },
    ],
    [
      recovered,
      {
        since: "2025-12-31T23:00:00.123Z",
        text: "acme-crm is back, after trouble since 2025-12-31T23:00:00.123Z.",
      },
    ],
    [
      dead_letter,
      { reason: "HTTP 422", text: "acme-crm has its first dead letter for an hour (HTTP 422)." },
    ],
    [
      backlog,
      {
        oldest_since: "2025-12-31T23:45:00.123Z",
        customers: 42,
        text: "acme-crm is behind since 2025-12-31T23:45:00.123Z (customers: 42).",
      },
    ],
  ])("says what happened: $kind", (alert, data) => {
    expect(JSON.parse(alertRequest(alert, target, NOW).body)).toEqual({
      id: `alert_acme-crm_${alert.kind}_${alert.at}`,
      type: `relay.${alert.kind}`,
      timestamp: "2026-01-01T00:00:00.123Z",
      data: { destination: "acme-crm", ...data },
    });
  });

  it("is posted as JSON under an id, signed by nobody without a signing secret", () => {
    const { method, url, headers } = alertRequest(held, target, NOW);
    expect({ method, url }).toEqual({ method: "POST", url: target.url });
    expect(headers).toEqual({
      "content-type": "application/json",
      "user-agent": `gameball-relay/${manifest.version}`,
      "webhook-id": `alert_acme-crm_held_${held.at}`,
    });
  });

  it("is signed by Standard Webhooks with a signing secret", () => {
    const signed = { ...target, signingSecret: SIGNING_SECRET };
    const { headers, body } = alertRequest(held, signed, Date.now());
    const webhook = new Webhook(SIGNING_SECRET);
    expect(webhook.verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => webhook.verify(`${body} `, headers)).toThrow("No matching signature");
  });

  it.each(["held", "dead_letter"] as const)("%s repeats nothing of a CRM's answer", (kind) => {
    const reason = 'the credentials were refused: HTTP 401: {"email":\n"jane@example.com"}';
    const { body } = alertRequest({ ...SAMPLE_ALERTS[kind], reason }, target, NOW);
    expect(body).toContain("the credentials were refused: HTTP 401)");
    expect(body).not.toContain("jane");
  });
});

describe("an alert for Slack", () => {
  it.each([
    "https://hooks.slack.com/services/T0/B0/x",
    "https://hooks.slack-gov.com/services/T0/B0/x",
    "https://HOOKS.slack.com/workflows/x",
  ])("is its sentence alone: %s", (url) => {
    const { body, headers } = alertRequest(recovered, { ...target, url }, NOW);
    expect(JSON.parse(body)).toEqual({
      text: "acme-crm is back, after trouble since 2025-12-31T23:00:00.123Z.",
    });
    expect(headers).toMatchObject({ "webhook-id": `alert_acme-crm_recovered_${recovered.at}` });
  });

  it("mentions nobody and links nowhere", () => {
    const slack = { ...target, url: "https://hooks.slack.com/services/T0/B0/x" };
    const reason = "<!channel> & <https://evil.example.com|here>";
    const { body } = alertRequest({ ...dead_letter, reason }, slack, NOW);
    expect(JSON.parse(body)).toEqual({
      text: "acme-crm has its first dead letter for an hour (&lt;!channel&gt; &amp; &lt;https://evil.example.com|here&gt;).",
    });
  });

  it.each([
    "https://hooks.slack.com.evil.example.com/",
    "https://xhooks.slack.com/",
    "https://ops.example.com/hooks.slack.com",
    "https://hooks-slack.com/",
  ])("is not for %s", (url) => {
    expect(alertRequest(held, { ...target, url }, NOW).body).toContain('"type":"relay.held"');
  });
});
