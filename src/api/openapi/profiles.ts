// What is said of customers: looking them up, where each destination stands with them, forgetting them.
import * as v from "valibot";
import { deliveriesViewSchema } from "../../ledger/view.ts";
import { profileSchema } from "../../profile/profile.ts";
import { acceptedSchema, profilePageSchema } from "../answers.ts";
import { lookupSchema, resyncSchema, searchSchema } from "../profiles.ts";
import { CURSOR, PROFILE } from "./examples.ts";
import { answer, emptyAnswer, parametersOf, type Paths } from "./operation.ts";

const etagSchema = v.optional(
  v.pipe(
    v.string(),
    v.description("The `ETag` of an earlier answer: the same is answered by 304."),
  ),
);

export const profilePaths: Paths = {
  "/v1/profiles": {
    get: {
      id: "findProfiles",
      tag: "Profiles",
      summary: "Profiles with an e-mail address, or that a destination is behind with",
      description:
        "Exactly one of `email` and `behind` must be given. A page may be shorter than `limit` though another follows, when profiles are large.",
      access: "reader",
      query: parametersOf(searchSchema, {
        email: "customer@example.com",
        behind: "acme-crm",
        limit: 100,
        cursor: CURSOR,
      }),
      answers: [
        answer(200, "One page.", profilePageSchema, {
          last: { profiles: [PROFILE], next_cursor: null },
          first: { profiles: [PROFILE], next_cursor: CURSOR },
        }),
      ],
      problems: ["invalid-request", "not-found", "ledger-unavailable"],
    },
  },
  "/v1/profiles/{customer_id}": {
    get: {
      id: "getProfile",
      tag: "Profiles",
      summary: "A customer's newest profile",
      description: "From KV or, where it has none yet, from the ledger.",
      access: "reader",
      query: parametersOf(lookupSchema, { consistency: "strong" }),
      headers: {
        "If-None-Match": { schema: etagSchema, example: '"9a0364b9e99bb480dd25e1f0284c8555"' },
      },
      answers: [
        answer(200, "What Gameball did not send is null.", profileSchema, { profile: PROFILE }, [
          "ETag",
        ]),
        emptyAnswer(304, "It is still the one of `If-None-Match`.", ["ETag"]),
      ],
      problems: ["not-found", "ledger-unavailable"],
    },
    delete: {
      id: "eraseProfile",
      tag: "Profiles",
      summary: "Forgets a customer everywhere in the relay",
      description: "CRMs keep what they have. A digest of the id stays behind for a day.",
      access: "writer",
      answers: [emptyAnswer(204, "The customer is forgotten, known or not.")],
      problems: ["not-found", "ledger-unavailable"],
    },
  },
  "/v1/profiles/{customer_id}/deliveries": {
    get: {
      id: "getDeliveries",
      tag: "Profiles",
      summary: "Where each destination stands with a customer, and what happened",
      access: "reader",
      answers: [
        answer(200, "By destination; `PROFILES` is the lookup store.", deliveriesViewSchema, {
          pending: {
            customer_id: "webhook-test",
            newest_sequence: 2,
            destinations: [
              {
                id: "acme-crm",
                state: "pending",
                acknowledged_sequence: 1,
                newest_sequence: 2,
                attempts: 1,
                next_attempt_at: "2026-01-01T00:00:12.000Z",
                last_outcome: "retry",
                last_status: 503,
                last_error: "HTTP 503: try later",
                events_waiting: 0,
                events_dead: 0,
              },
            ],
            timeline: [
              { at: "2026-01-01T00:00:10.000Z", event: "recorded", sequence: 2 },
              {
                at: "2026-01-01T00:00:10.200Z",
                event: "failed",
                sequence: 2,
                destination: "acme-crm",
                status: 503,
                detail: "HTTP 503: try later",
              },
            ],
          },
        }),
      ],
      problems: ["not-found", "ledger-unavailable"],
    },
  },
  "/v1/profiles/{customer_id}/resync": {
    post: {
      id: "resyncProfile",
      tag: "Profiles",
      summary: "Sends a customer's newest profile again",
      access: "writer",
      query: parametersOf(resyncSchema, { destination: "acme-crm" }),
      answers: [
        answer(202, "It is sent from now on.", acceptedSchema, {
          accepted: { outcome: "accepted" },
        }),
      ],
      problems: ["not-found", "ledger-unavailable"],
    },
  },
};
