// Somebody at the dashboard without a browser: cookies, forms and the pages' HTML.
import type { Answer, RelayClient } from "./relay-client.ts";
import { API_TOKEN } from "./bindings.ts";

const SIGN_IN = "/sign-in";
const CSRF = /name="csrf" value="([^"]+)"/;

/** Somebody who may be signed in. */
export class Guest {
  /** The cookie as the browser sends it; empty when there is none. */
  cookie = "";
  readonly #relay: RelayClient;
  readonly #address: string;

  /** Somebody at an address, at which sign-ins are counted. */
  constructor(relay: RelayClient, address: string = crypto.randomUUID()) {
    this.#relay = relay;
    this.#address = address;
  }

  /** Signs in, if the token is right; what was answered. */
  async signIn(token: string = API_TOKEN, next: string | null = null): Promise<Answer> {
    const form = { token, ...(next === null ? {} : { next }) };
    const answer = await this.#send(SIGN_IN, form);
    const cookie = answer.headers.get("set-cookie");
    if (cookie !== null) this.cookie = cookie.split(";")[0] ?? "";
    return answer;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const sent = { cookie: this.cookie, ...headers };
    return this.#relay.ask(path, { headers: sent, redirect: "manual" });
  }

  /** Sends a form of the page at this path, as its button does. */
  async order(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#send(path, { csrf: await this.csrf(), ...form });
  }

  /** Sends a form as it is. */
  async send(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#send(path, form);
  }

  /** What the forms of this session's pages hold. */
  async csrf(): Promise<string> {
    const { text } = await this.get("/");
    return CSRF.exec(text)?.[1] ?? "";
  }

  async #send(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#relay.ask(path, {
      method: "POST",
      redirect: "manual",
      headers: {
        cookie: this.cookie,
        "cf-connecting-ip": this.#address,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(form).toString(),
    });
  }
}

/** What a page says, without its tags, in one line. */
export function wordsOf({ text }: Answer): string {
  const body = text.slice(text.indexOf("<main"), text.indexOf("</main>"));
  return body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
