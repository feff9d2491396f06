// An alert as a request: the relay's own small event, or a message for a channel of Slack. Pure.
import { toTime } from "../time.ts";
import type { RequestSpec } from "../destinations/adapter.ts";
import { standardHeaders } from "../destinations/standard-webhooks.ts";
import { type Alert, type AlertTarget, wordsOf } from "./alert.ts";

/** Slack's incoming webhooks, and those of its cloud for governments (Slack docs, GovSlack). */
const SLACK_HOST = /^hooks\.slack(-gov)?\.com$/;

/** The request that tells a target of an alert at the time `now` (ms of Unix time). */
export function alertRequest(
  alert: Alert,
  target: AlertTarget,
  now: number,
): RequestSpec & { readonly body: string } {
  const { url, signingSecret } = target;
  const { destination, kind, at } = alert;
  const { fields, text } = wordsOf(alert);
  const id = `alert_${destination}_${kind}_${at}`;
  const content = SLACK_HOST.test(new URL(url).hostname)
    ? { text: escapeForSlack(text) }
    : {
        id,
        type: `relay.${kind}`,
        timestamp: toTime(at),
        data: { destination, ...fields, text },
      };
  const body = JSON.stringify(content);
  return { method: "POST", url, headers: standardHeaders(body, { id, now, signingSecret }), body };
}

/** The three characters that make links and mentions (Slack docs, Escaping text). */
function escapeForSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
