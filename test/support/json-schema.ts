// The part of JSON Schema that vendors' descriptions of their APIs use for bodies (OpenAPI 3.0, Swagger 2.0),
// but stricter: where a schema names properties, no others may be there.

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that say nothing of a value. */
const ANNOTATIONS = new Set(["description", "example"]);

/** How a value breaks a schema, as `/path: what`; nothing where it does not. Throws for other keywords. */
export function breachesOf(value: unknown, schema: unknown, document: unknown): string[] {
  return check(value, asSchema(schema), { document, path: "" });
}

/** The part of a document that a JSON Pointer names: `#/definitions/User`. */
export function schemaAt(document: unknown, pointer: string): unknown {
  const found = pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((part, key) => asSchema(part)[key], document);
  if (found === undefined) throw new Error(`the document has no ${pointer}`);
  return found;
}

interface Place {
  readonly document: unknown;
  readonly path: string;
}

function check(value: unknown, schema: Schema, place: Place): string[] {
  // OpenAPI 3.0 has `nullable` beside a `$ref` count for nothing; vendors mean it.
  if (value === null && schema["nullable"] === true) return [];
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const checkKeyword = Object.hasOwn(checks, keyword) ? checks[keyword] : undefined;
    if (checkKeyword === undefined) throw new Error(`the keyword ${keyword} is not known`);
    return checkKeyword(value, rule, place);
  });
}

type Check = (value: unknown, rule: unknown, place: Place) => string[];

const checks: Readonly<Record<string, Check>> = {
  nullable: () => [],

  $ref: (value, pointer, place) =>
    check(value, asSchema(schemaAt(place.document, String(pointer))), place),

  type: (value, type, { path }) =>
    typeOf(value) === type ? [] : [`${path}: is ${typeOf(value)}, not ${String(type)}`],

  enum: (value, allowed, { path }) =>
    asList(allowed).includes(value) ? [] : [`${path}: is none of ${JSON.stringify(allowed)}`],

  oneOf(value, schemas, place) {
    const fitting = asList(schemas).filter(
      (one) => check(value, asSchema(one), place).length === 0,
    );
    return fitting.length === 1 ? [] : [`${place.path}: fits ${fitting.length} of oneOf`];
  },

  required(value, names, { path }) {
    if (typeOf(value) !== "object") return [];
    const missing = asList(names).filter((name) => !Object.hasOwn(asSchema(value), String(name)));
    return missing.map((name) => `${path}/${String(name)}: is missing`);
  },

  properties(value, named, { document, path }) {
    if (typeOf(value) !== "object") return [];
    const schemas = asSchema(named);
    return Object.entries(asSchema(value)).flatMap(([name, inner]) => {
      const place = { document, path: `${path}/${name}` };
      return Object.hasOwn(schemas, name)
        ? check(inner, asSchema(schemas[name]), place)
        : [`${place.path}: is not named by the schema`];
    });
  },

  items: (value, schema, { document, path }) =>
    typeOf(value) === "array"
      ? asList(value).flatMap((item, index) =>
          check(item, asSchema(schema), { document, path: `${path}/${index}` }),
        )
      : [],
};

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function asSchema(value: unknown): Schema {
  if (typeOf(value) !== "object") throw new Error(`${JSON.stringify(value)} is no object`);
  return value as Schema;
}

function asList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} is no list`);
  return value;
}
