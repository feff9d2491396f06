// What is said of the relay itself: its health, and this description.
import * as v from "valibot";
import { healthySchema, misconfiguredSchema } from "../answers.ts";
import { answer, type Paths } from "./operation.ts";

export const relayPaths: Paths = {
  "/health": {
    get: {
      id: "getHealth",
      tag: "Relay",
      summary: "Whether the relay is configured",
      description: "Names every fault of the configuration, and no secret.",
      access: "anybody",
      answers: [
        answer(200, "It is.", healthySchema, { ok: { status: "ok" } }),
        answer(503, "It is not, and takes nothing until it is.", misconfiguredSchema, {
          misconfigured: {
            status: "misconfigured",
            faults: [
              {
                pointer: "/API_TOKEN",
                detail: "is not set: npx wrangler secret put API_TOKEN",
              },
            ],
          },
        }),
      ],
      problems: [],
    },
  },
  "/openapi.json": {
    get: {
      id: "getDescription",
      tag: "Relay",
      summary: "This description",
      access: "anybody",
      answers: [
        answer(
          200,
          "An OpenAPI document.",
          v.looseObject({ openapi: v.string(), info: v.looseObject({}), paths: v.looseObject({}) }),
          {
            beginning: {
              openapi: "3.1.1",
              info: { title: "Gameball relay", version: "0.1.0" },
              paths: {},
            },
          },
        ),
      ],
      problems: [],
    },
  },
};
