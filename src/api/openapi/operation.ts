// How an operation of the API is described: in the words of this project, of which OpenAPI's are made.
import type * as v from "valibot";
import type { ProblemKind } from "../problem.ts";

/** Who may ask: anybody, Gameball by its signature, the holders of either token, or of `API_TOKEN` alone. */
export type Access = "anybody" | "gameball" | "reader" | "writer";

/** Headers of answers beside `X-Request-Id`, which all have. */
export type HeaderName = "ETag" | "WWW-Authenticate" | "Allow";

/** Examples by their names. */
export type Examples = Readonly<Record<string, unknown>>;

/** An answer that is no problem. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Of its JSON; `null` when it has no body. */
  readonly schema: v.GenericSchema | null;
  readonly examples: Examples;
  readonly headers: readonly HeaderName[];
}

/** A request's JSON. */
export interface RequestBody {
  readonly schema: v.GenericSchema;
  readonly isRequired: boolean;
  readonly examples: Examples;
}

/** A parameter of the query, or a header, by its name. */
export type Parameters = Readonly<
  Record<string, { readonly schema: v.GenericSchema; readonly example: string | number }>
>;

/** One operation. */
export interface Operation {
  /** What a generated client calls it. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly body?: RequestBody;
  readonly answers: readonly Answer[];
  /** The problems of its own; those of its access are the same for all. */
  readonly problems: readonly ProblemKind[];
}

/** What operations are about. */
export type Tag = "Webhooks" | "Profiles" | "Destinations" | "Dead letters" | "Relay";

/** The operations by path and method. */
export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

/** A method, as OpenAPI writes it. */
export type Method = "get" | "post" | "delete";

/** An answer with a body, and examples that are typed by its schema. */
export function answer<const TSchema extends v.GenericSchema>(
  status: number,
  description: string,
  schema: TSchema,
  examples: Readonly<Record<string, v.InferInput<TSchema>>>,
  headers: readonly HeaderName[] = [],
): Answer {
  return { status, description, schema, examples, headers };
}

/** An answer without a body. */
export function emptyAnswer(
  status: number,
  description: string,
  headers: readonly HeaderName[] = [],
): Answer {
  return { status, description, schema: null, examples: {}, headers };
}

/** The parameters of a query's schema, with an example of each. */
export function parametersOf<const TEntries extends v.ObjectEntries>(
  { entries }: { readonly entries: TEntries },
  examples: { readonly [K in keyof TEntries]: string | number },
): Parameters {
  return Object.fromEntries(
    Object.entries(entries).map(([name, schema]) => [
      name,
      { schema, example: examples[name] ?? "" },
    ]),
  );
}
