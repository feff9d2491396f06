// What the log says of errors: enough to find them, and nothing that they quote.
import { describe, expect, it } from "vitest";
import { describeError } from "../src/describe-error.ts";

const JANE = "jane.doe@example.com";

function deepest(): never {
  throw new RangeError("no");
}

/** What was thrown. */
function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("an error", () => {
  it.each([
    ["Network connection lost.", "Error: Network connection lost"],
    ["database or disk is full: SQLITE_FULL", "Error: SQLITE_FULL"],
    [`UNIQUE constraint failed: ${JANE}: SQLITE_CONSTRAINT`, "Error: SQLITE_CONSTRAINT"],
    ["Durable Object is overloaded. Too many requests", "Error: Durable Object is overloaded"],
    ["KV PUT failed: 429 Too Many Requests", "Error: Too Many Requests"],
  ])("of the platform is told in its own words: %s", (message, expected) => {
    expect(describeError(new Error(message)).error).toBe(expected);
  });

  it.each([
    ["JSON that cannot be read", () => JSON.parse(`"${JANE}`) as unknown],
    ["JSON with more behind it", () => JSON.parse(`{} ${JANE}`) as unknown],
    ["a URL", () => new URL(JANE)],
    ["a header", () => new Headers({ [JANE]: "yes" })],
    ["a key", () => Reflect.get(Object.freeze({}), JANE).name as unknown],
  ])("that quotes %s says where it was thrown, and no more", (_, act) => {
    const error = caught(act);
    const told = describeError(error);
    expect(told.error).toMatch(/^(Type|Syntax|Reference)?Error$/);
    expect(told.at).toContain("describe-error.test.ts");
    expect(JSON.stringify(told)).not.toContain("jane");
  });

  it("is told without its message, be that of many lines and look like a stack", () => {
    const told = describeError(new Error(`a\n    at ${JANE}\n    at ${JANE} (1:1)`));
    expect(told.error).toBe("Error");
    expect(told.at).toContain("describe-error.test.ts");
    expect(JSON.stringify(told)).not.toContain("jane");
  });

  it("is told without a message that was changed, or a name that is none", () => {
    const error = new Error(JANE);
    expect(error.stack).toContain(JANE);
    error.message = "another";
    error.name = JANE;
    expect(describeError(error)).toEqual({ error: "Error", at: "" });
  });

  it("is told by its class, and by five frames at most", () => {
    const deep = (depth: number): unknown => (depth === 0 ? deepest() : deep(depth - 1));
    const { error, at } = describeError(caught(() => deep(9)));
    expect(error).toBe("RangeError");
    expect(at.split(", ")).toHaveLength(5);
    expect(at).toMatch(/^deepest \(/);
  });

  it.each([JANE, 5, null, { message: JANE }])("may be none: %j", (thrown) => {
    expect(describeError(thrown)).toEqual({ error: "something that is no error", at: "" });
  });
});
