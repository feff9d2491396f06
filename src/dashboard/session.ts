// Who is signed in to the dashboard: a signed cookie that ends after 12 hours, and with the token that
// opened it. Nothing is stored.
import type { Context } from "hono";
import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import * as v from "valibot";
import type { Role, Tokens } from "../access.ts";

const NAME = "session";
const SESSION_S = 12 * 60 * 60;
const NONCE_BYTES = 18;

/** Somebody who is signed in. */
export interface Session {
  readonly role: Role;
  /** Stands in every form of the page: whoever can read the page may act, and nobody else. */
  readonly csrf: string;
}

/** `<when it ends, in ms of Unix time>.<nonce>` */
const valueSchema = v.pipe(
  v.string(),
  v.regex(/^\d{13}\.[\w-]{24}$/),
  v.transform((value) => {
    const [endsAt = "", csrf = ""] = value.split(".");
    return { endsAt: Number(endsAt), csrf };
  }),
);

/** Opens a session for the holder of a token, at the time `now` (ms of Unix time). */
export async function openSession(
  context: Context,
  role: Role,
  tokens: Tokens,
  now: number,
): Promise<void> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const value = `${now + SESSION_S * 1000}.${nonce.toBase64({ alphabet: "base64url" })}`;
  const secret = secretOf(role, tokens);
  if (secret === null) throw new Error("nobody holds a token that is not set");
  await setSignedCookie(context, NAME, value, secret, {
    prefix: "host",
    httpOnly: true,
    secure: true,
    sameSite: "Strict",
    path: "/",
    maxAge: SESSION_S,
  });
}

/** The session of a request; `null` when nobody is signed in any more. */
export async function readSession(
  context: Context,
  tokens: Tokens,
  now: number,
): Promise<Session | null> {
  for (const role of ["operator", "reader"] as const) {
    const secret = secretOf(role, tokens);
    if (secret === null) continue;
    const parsed = v.safeParse(valueSchema, await getSignedCookie(context, secret, NAME, "host"));
    if (!parsed.success) continue;
    const { endsAt, csrf } = parsed.output;
    return endsAt > now ? { role, csrf } : null;
  }
  return null;
}

/** Ends the session in this browser. */
export function closeSession(context: Context): void {
  deleteCookie(context, NAME, { prefix: "host", secure: true, path: "/" });
}

/** What signs the sessions of a role: its token, so that they end when it is changed. */
function secretOf(role: Role, { apiToken, apiReadToken }: Tokens): string | null {
  const token = role === "operator" ? apiToken : apiReadToken;
  return token === null ? null : `gameball-relay ${role} session ${token}`;
}
