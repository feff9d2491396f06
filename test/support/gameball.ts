// Gameball's side of a test: sample webhooks and their signatures. Runs in workerd and in Node.
import { SECRET_KEY } from "./bindings.ts";

/** The documented sample (Gameball docs, Customer Profile Updated). */
export function sampleWebhook(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    event: "customer.profile.updated",
    client_id: "2155",
    customer_id: "webhook-test",
    gb_customer_id: 1234,
    created_at: "2024-11-19T17:34:42.297Z",
    data: {
      email: "customer@example.com",
      mobile_number: "+XX-XXXX-XXXX",
      tier_name: "basic",
      tier_order: 1,
      referral_code: "referral_123",
      referral_link: "www.example.com",
      activated_points: 90,
      pending_points: 10,
      total_points: 100,
    },
    ...changes,
  };
}

/** The documented notification (Gameball docs, Notifications), with French beside English. */
export function sampleNotificationWebhook(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    event: "customer.notification.push",
    client_id: "2155",
    customer_id: "webhook-test",
    gb_customer_id: 1234,
    created_at: "2024-11-12T19:02:24.631Z",
    data: [
      {
        local: "en",
        icon: "https://example.com/image.webp",
        body: "You have earned 10 points",
        title: "Well Done!",
      },
      {
        local: "fr",
        icon: "https://example.com/image.webp",
        body: "Vous avez gagné 10 points",
        title: "Bravo !",
      },
    ],
    ...changes,
  };
}

/** `X-GB-Signature` of a body. */
export async function signBody(
  body: string | Uint8Array,
  secretKey: string = SECRET_KEY,
): Promise<string> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const suffix = new TextEncoder().encode(`:${secretKey}`);
  const signed = new Uint8Array([...bytes, ...suffix]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", signed));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
