// What is said of dead letters: looking at them, and trying them again.
import { acceptedSchema, deadLetterPageSchema } from "../answers.ts";
import { pageSchema, replaySchema } from "../dead-letters.ts";
import { CURSOR } from "./examples.ts";
import { answer, parametersOf, type Paths } from "./operation.ts";

export const deadLetterPaths: Paths = {
  "/v1/destinations/{id}/dead-letters": {
    get: {
      id: "listDeadLetters",
      tag: "Dead letters",
      summary: "What was given up on, and why",
      access: "reader",
      query: parametersOf(pageSchema, { limit: 100, cursor: CURSOR }),
      answers: [
        answer(200, "One page.", deadLetterPageSchema, {
          last: {
            dead_letters: [
              {
                customer_id: "webhook-test",
                topic: "customer.profile.updated",
                event_id: "evt_6fd7d6e8a5a14e9b8e4f6b0c2d1a3f57",
                sequence: 1,
                reason: "the destination refused it",
                since: "2026-01-01T00:00:10.000Z",
                last_status: 422,
                last_error: "HTTP 422: no such tier",
              },
            ],
            next_cursor: null,
          },
          empty: { dead_letters: [], next_cursor: null },
        }),
      ],
      problems: ["invalid-request", "not-found", "ledger-unavailable"],
    },
  },
  "/v1/destinations/{id}/replay": {
    post: {
      id: "replayDeadLetters",
      tag: "Dead letters",
      summary: "Tries dead letters again: all, or those of some customers",
      description: "A second call for all, while one runs, starts no other.",
      access: "writer",
      body: {
        schema: replaySchema,
        isRequired: false,
        examples: { all: {}, some: { customer_ids: ["webhook-test"] } },
      },
      answers: [
        answer(202, "They are tried from now on.", acceptedSchema, {
          accepted: { outcome: "accepted" },
        }),
      ],
      problems: ["not-json", "invalid-request", "too-large", "not-found", "ledger-unavailable"],
    },
  },
};
