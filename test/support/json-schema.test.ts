// The validator of vendors' schemas: what it lets pass would be taken for checked.
import { describe, expect, it } from "vitest";
import { breachesOf, schemaAt } from "./json-schema.ts";

const document = {
  definitions: {
    User: {
      type: "object",
      required: ["id"],
      properties: {
        id: { type: "string", description: "who", example: "7" },
        kind: { enum: ["a", "b"] },
        tags: { type: "array", items: { type: "string" } },
        either: { nullable: true, oneOf: [{ type: "string" }, { type: "number" }] },
        friend: { $ref: "#/definitions/User", nullable: true },
        free: { type: "object" },
      },
    },
  },
};
const user = schemaAt(document, "#/definitions/User");

describe("a value of a schema", () => {
  it.each([
    [{ id: "1" }],
    [{ id: "1", kind: "b", tags: [], either: 2, friend: { id: "2" } }],
    [{ id: "1", either: null, friend: null, free: { any: { thing: null } } }],
  ])("%j fits", (value) => {
    expect(breachesOf(value, user, document)).toEqual([]);
  });

  it.each([
    [null, [": is null, not object"]],
    [[], [": is array, not object"]],
    [{}, ["/id: is missing"]],
    [{ id: 1 }, ["/id: is number, not string"]],
    [{ id: null }, ["/id: is null, not string"]],
    [{ id: "1", kind: "c" }, ['/kind: is none of ["a","b"]']],
    [{ id: "1", tags: ["x", 1] }, ["/tags/1: is number, not string"]],
    [{ id: "1", either: true }, ["/either: fits 0 of oneOf"]],
    [{ id: "1", friend: { id: 2 } }, ["/friend/id: is number, not string"]],
    [{ id: "1", colour: "red" }, ["/colour: is not named by the schema"]],
  ])("%j does not: %j", (value, breaches) => {
    expect(breachesOf(value, user, document)).toEqual(breaches);
  });

  it("fits one of oneOf, and not two", () => {
    const twice = { oneOf: [{ type: "string" }, { enum: ["a"] }] };
    expect(breachesOf("b", twice, document)).toEqual([]);
    expect(breachesOf("a", twice, document)).toEqual([": fits 2 of oneOf"]);
  });
});

describe("a schema", () => {
  it.each(["anyOf", "pattern", "maxLength", "constructor"])("must not say %s", (keyword) => {
    expect(() => breachesOf("a", { [keyword]: [] }, document)).toThrow(`the keyword ${keyword}`);
  });

  it("must be there", () => {
    expect(() => schemaAt(document, "#/definitions/Nobody")).toThrow("#/definitions/Nobody");
    expect(() => breachesOf({}, { $ref: "#/definitions/Nobody" }, document)).toThrow("Nobody");
  });
});
