// The API's description is OpenAPI, as others judge it.
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, it } from "vitest";
import { describeApi } from "../../src/api/openapi/document.ts";

it("is a valid document of OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(describeApi())));
  expect([valid, errors]).toEqual([true, undefined]);
  expect(validator.version).toBe("3.1");
});

it("is not, when something is wrong with it", async () => {
  const { valid } = await new Validator().validate({ ...describeApi(), paths: { health: {} } });
  expect(valid).toBe(false);
});
