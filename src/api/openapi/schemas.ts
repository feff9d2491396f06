// JSON Schemas of the API's description, made of the very schemas that validate and give types.
import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
  toJsonSchemaDefs,
} from "@valibot/to-json-schema";
import type * as v from "valibot";
import { faultSchema } from "../../faults.ts";
import { ratesSchema } from "../../gate/statistics.ts";
import { jsonObject } from "../../json-object.ts";
import { deadLetterSchema } from "../../ledger/dead-letter.ts";
import { deliveriesViewSchema, deliveryViewSchema } from "../../ledger/view.ts";
import { profileSchema } from "../../profile/profile.ts";
import * as answers from "../answers.ts";
import { destinationViewSchema, sweepViewSchema } from "../destination-view.ts";
import { problemSchema } from "../problem.ts";

/** The schemas that have names in the description. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  Accepted: answers.acceptedSchema,
  DeadLetter: deadLetterSchema,
  DeadLetterPage: answers.deadLetterPageSchema,
  Deliveries: deliveriesViewSchema,
  Delivery: deliveryViewSchema,
  Destination: destinationViewSchema,
  DestinationList: answers.destinationListSchema,
  Fault: faultSchema,
  Health: answers.healthySchema,
  Misconfigured: answers.misconfiguredSchema,
  Problem: problemSchema,
  Profile: profileSchema,
  ProfilePage: answers.profilePageSchema,
  Progress: sweepViewSchema,
  Rates: ratesSchema,
  Trial: answers.trialAnswerSchema,
  WebhookPassedOver: answers.passedOverSchema,
  WebhookTaken: answers.takenSchema,
};

/** What says nothing that JSON Schema could: a check by code, a change, a brand. */
const UNSPOKEN = ["brand", "check", "finite", "raw_transform", "readonly", "transform", "trim"];

const CONFIG: ConversionConfig = {
  target: "draft-2020-12",
  ignoreActions: UNSPOKEN,
  overrideRef: ({ referenceId }) => refTo(referenceId),
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema === jsonObject) return { type: "object" };
    // The relay's own objects hold what is named and nothing else.
    return valibotSchema.type === "object" ? { ...jsonSchema, additionalProperties: false } : null;
  },
};

/** The named schemas, by their names. */
export function namedSchemas(): Readonly<Record<string, JsonSchema>> {
  return toJsonSchemaDefs(NAMED, { ...CONFIG, typeMode: "output" });
}

/** The schema of what is answered, or becomes of a parameter. */
export function outputSchema(schema: v.GenericSchema): JsonSchema {
  const name = Object.keys(NAMED).find((known) => NAMED[known] === schema);
  return name === undefined ? convert(schema, "output") : { $ref: refTo(name) };
}

/** The schema of what is sent. */
export function inputSchema(schema: v.GenericSchema): JsonSchema {
  return convert(schema, "input");
}

/** What a description writes for one of its schemas. */
export function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

function convert(schema: v.GenericSchema, typeMode: "input" | "output"): JsonSchema {
  const { $schema: _, ...converted } = toJsonSchema(schema, { ...CONFIG, typeMode });
  return converted;
}
