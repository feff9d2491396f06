// Access tokens as fake vendors give them: each lets in until it is told to expire. (RFC 6749 §4.4, §5, §6)
import type { VendorRequest } from "./vendor.ts";

/** The client whom a vendor knows; none of this is a secret. */
export const CLIENT = {
  client_id: "client-id-0123456789",
  client_secret: "client-secret-0123456789",
};
export const REFRESH_TOKEN = "refresh-token-0123456789";

/** The tokens of one vendor. */
export class Tokens {
  /** Those that were asked for. */
  asked = 0;
  /** What each token that lets in may be used for. */
  readonly #valid = new Map<string, string>();
  #made = 0;

  /** A new token, for somebody who asked. */
  grant(scope: string = ""): string {
    this.asked += 1;
    return this.#make(scope);
  }

  /** What the token of a request may be used for; `null` when it lets nobody in. */
  scopeOf({ headers }: VendorRequest, scheme: string): string | null {
    const [given, token = "", ...more] = (headers["authorization"] ?? "").split(" ");
    return given === scheme && more.length === 0 ? (this.#valid.get(token) ?? null) : null;
  }

  /** A token that lets in, though nobody asked. */
  current(scope: string = ""): string {
    return [...this.#valid.keys()].at(-1) ?? this.#make(scope);
  }

  /** From now on none of those that were given lets in. */
  expire(): void {
    this.#valid.clear();
  }

  #make(scope: string): string {
    this.#made += 1;
    const token = `access-token-${String(this.#made).padStart(10, "0")}`;
    this.#valid.set(token, scope);
    return token;
  }
}

/** The form that asks for a token; `null` when it is none. */
export function formOf({ method, headers, body }: VendorRequest): URLSearchParams | null {
  const type = headers["content-type"] ?? "";
  const isForm = method === "POST" && type.startsWith("application/x-www-form-urlencoded");
  return isForm ? new URLSearchParams(body) : null;
}
