// What is said of Gameball's webhooks.
import * as v from "valibot";
import { envelopeEntries } from "../../gameball/envelope.ts";
import { dataEntries } from "../../gameball/profile-webhook.ts";
import { jsonObject } from "../../json-object.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../topics.ts";
import { passedOverSchema, takenSchema } from "../answers.ts";
import { answer, type Paths } from "./operation.ts";

/**
 * The documented fields of what Gameball sends. Whatever else it sends is kept as the profile's
 * `attributes`; where it departs from its documentation, `gameball/` says how that is read.
 */
const webhookSchema = v.variant("event", [
  v.looseObject({
    ...envelopeEntries,
    event: v.literal(PROFILE_TOPIC),
    data: v.looseObject(dataEntries),
  }),
  v.looseObject({
    ...envelopeEntries,
    event: v.literal(NOTIFICATION_TOPIC),
    data: v.array(jsonObject),
  }),
]);

const ENVELOPE = {
  client_id: "2155",
  customer_id: "webhook-test",
  gb_customer_id: 1234,
  created_at: "2024-11-19T17:34:42.297Z",
};

const EVENT_ID = "evt_6fd7d6e8a5a14e9b8e4f6b0c2d1a3f57";

export const webhookPaths: Paths = {
  "/webhooks/gameball": {
    post: {
      id: "receiveWebhook",
      tag: "Webhooks",
      summary: "A webhook of Gameball's",
      description:
        "A 2xx says that it is durable; Gameball sends again what is answered otherwise. The body has at most 64 KiB, and its content type is not looked at. Events of other topics are answered `ignored`, methods other than `POST` 405.",
      access: "gameball",
      body: {
        schema: webhookSchema,
        isRequired: true,
        examples: {
          profile: {
            event: PROFILE_TOPIC,
            ...ENVELOPE,
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
          },
          notification: {
            event: NOTIFICATION_TOPIC,
            ...ENVELOPE,
            data: [
              {
                local: "en",
                icon: "https://example.com/image.webp",
                body: "You have earned 10 points",
                title: "Well Done!",
              },
            ],
          },
        },
      },
      answers: [
        answer(
          200,
          "It changes nothing: it was taken before, a newer one was, or nobody asks for its topic.",
          passedOverSchema,
          {
            duplicate: { outcome: "duplicate" },
            stale: { outcome: "stale" },
            ignored: { outcome: "ignored" },
          },
        ),
        answer(202, "It was taken.", takenSchema, {
          accepted: { outcome: "accepted", event_id: EVENT_ID, sequence: 1 },
        }),
      ],
      problems: [
        "not-json",
        "other-client",
        "method-not-allowed",
        "too-large",
        "invalid-webhook",
        "ledger-unavailable",
      ],
    },
  },
};
