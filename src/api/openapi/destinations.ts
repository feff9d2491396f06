// What is said of destinations: how they stand, and an operator's hand on each of them.
import * as v from "valibot";
import { destinationListSchema, trialAnswerSchema } from "../answers.ts";
import { destinationViewSchema, sweepViewSchema } from "../destination-view.ts";
import { backfillSchema } from "../destinations.ts";
import { BACKFILL, DESTINATION } from "./examples.ts";
import { answer, type Operation, type Paths } from "./operation.ts";

const PAUSED = {
  ...DESTINATION,
  state: "paused",
  reason: "paused by an operator",
  since: "2026-01-01T00:00:30.000Z",
} as const;

export const destinationPaths: Paths = {
  "/v1/destinations": {
    get: {
      id: "listDestinations",
      tag: "Destinations",
      summary: "How all destinations stand",
      access: "reader",
      answers: [
        answer(200, "In the order of the configuration.", destinationListSchema, {
          one: { destinations: [DESTINATION] },
        }),
      ],
      problems: ["ledger-unavailable"],
    },
  },
  "/v1/destinations/{id}": {
    get: {
      id: "getDestination",
      tag: "Destinations",
      summary: "How a destination stands",
      description: "Its URL and headers are not shown: they may hold secrets.",
      access: "reader",
      answers: [answer(200, "How it stands.", destinationViewSchema, { open: DESTINATION })],
      problems: ["not-found", "ledger-unavailable"],
    },
  },
  "/v1/destinations/{id}/pause": {
    post: order({
      id: "pauseDestination",
      summary: "Lets nothing pass to a destination until it is resumed",
      answers: [answer(200, "How it stands now.", destinationViewSchema, { paused: PAUSED })],
    }),
  },
  "/v1/destinations/{id}/resume": {
    post: order({
      id: "resumeDestination",
      summary: "Ends a pause, and a hold or an open breaker with it",
      description: "A wait that the CRM itself asked for goes on.",
      answers: [answer(200, "How it stands now.", destinationViewSchema, { open: DESTINATION })],
    }),
  },
  "/v1/destinations/{id}/test": {
    post: order({
      id: "testDestination",
      summary: "Sends a destination one sample event",
      description:
        "It goes past every queue, and says of itself that it is a sample. A success lets go what a hold or an open breaker kept; a pause goes on.",
      answers: [
        answer(200, "How the destination answered.", trialAnswerSchema, {
          delivered: { outcome: "delivered", status: 200, latency_ms: 84, error: null },
          held: {
            outcome: "held",
            status: 401,
            latency_ms: 80,
            error: "the credentials were refused: HTTP 401",
          },
        }),
      ],
    }),
  },
  "/v1/destinations/{id}/backfill": {
    post: order({
      id: "backfillDestination",
      summary: "Sends a destination every stored profile that it has not acknowledged",
      description:
        "A second call while one runs starts no other. The progress is also in `GET /v1/destinations/{id}`.",
      body: {
        schema: backfillSchema,
        isRequired: false,
        examples: { missing: {}, all: { all: true } },
      },
      answers: [
        answer(202, "It goes on from now on; its progress.", v.nullable(sweepViewSchema), {
          running: BACKFILL,
        }),
      ],
      problems: ["not-json", "invalid-request", "too-large"],
    }),
  },
};

/** What an operator orders of one destination. */
function order({
  problems = [],
  ...operation
}: Pick<Operation, "id" | "summary" | "description" | "body" | "answers"> &
  Partial<Pick<Operation, "problems">>): Operation {
  return {
    ...operation,
    tag: "Destinations",
    access: "writer",
    problems: [...problems, "not-found", "ledger-unavailable"],
  };
}
