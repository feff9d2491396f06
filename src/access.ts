// What a token allows: whoever holds API_TOKEN steers the relay, whoever holds API_READ_TOKEN looks at it.
import { secretsEqual } from "./bytes.ts";
import type { Configuration } from "./config.ts";

/** `operator` may do everything, `reader` may change nothing. */
export type Role = "operator" | "reader";

/** The part of the configuration that says who is let in. */
export type Tokens = Pick<Configuration, "apiToken" | "apiReadToken">;

/** What a token allows, compared in constant time; `null` when it is none of the relay's. */
export async function roleOf(token: string, tokens: Tokens): Promise<Role | null> {
  const { apiToken, apiReadToken } = tokens;
  const [isOperator, isReader] = await Promise.all([
    secretsEqual(token, apiToken),
    apiReadToken === null ? false : secretsEqual(token, apiReadToken),
  ]);
  if (isOperator) return "operator";
  return isReader ? "reader" : null;
}
