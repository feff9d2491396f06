// The API's description (OpenAPI 3.1), put together from what is said of each operation.
import type { JsonObject } from "../../json-object.ts";
import { VERSION } from "../../version.ts";
import { deadLetterPaths } from "./dead-letters.ts";
import { destinationPaths } from "./destinations.ts";
import type { Paths } from "./operation.ts";
import { profilePaths } from "./profiles.ts";
import { relayPaths } from "./relay.ts";
import { headers, renderPath, securitySchemes } from "./render.ts";
import { namedSchemas } from "./schemas.ts";
import { webhookPaths } from "./webhooks.ts";

/** Every operation of the API. */
const PATHS: Paths = {
  ...webhookPaths,
  ...profilePaths,
  ...destinationPaths,
  ...deadLetterPaths,
  ...relayPaths,
};

const DESCRIPTION = `Keeps every CRM equal to the newest Gameball profile of each customer.

Times are RFC 3339 in UTC. Ids in paths are percent-encoded. Errors are problem details (RFC 9457), and never
repeat a secret or what was sent. \`GET /\` is the dashboard, for people.`;

let description: JsonObject | undefined;

/** The description. It is put together when it is first asked for, so that webhooks do not wait for it. */
export function describeApi(): JsonObject {
  description ??= {
    openapi: "3.1.1",
    info: {
      title: "Gameball relay",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(
      Object.entries(PATHS).map(([path, operations]) => [path, renderPath(path, operations)]),
    ),
    components: { schemas: namedSchemas(), securitySchemes, headers },
  };
  return description;
}
