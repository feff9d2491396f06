// The environment of the peers on Node.

/** A CRM that takes events by POST. */
export interface Crm {
  readonly id: string;
  readonly url: string;
}

/** How a peer runs. */
export interface Settings {
  readonly crms: readonly Crm[];
  readonly secretKey: string;
  readonly apiToken: string;
  /** Before the second attempt; it doubles with each. */
  readonly retryBaseMs: number;
}

/** What every peer needs: `CRMS` (JSON), `GAMEBALL_SECRET_KEY`, `API_TOKEN`, `RETRY_BASE_MS`. */
export function readSettings(defaults: { readonly retryBaseMs: number }): Settings {
  return {
    crms: JSON.parse(needed("CRMS")) as readonly Crm[],
    secretKey: needed("GAMEBALL_SECRET_KEY"),
    apiToken: needed("API_TOKEN"),
    retryBaseMs: numberOf("RETRY_BASE_MS", defaults.retryBaseMs),
  };
}

/** Where Redis is: on this machine, at `REDIS_PORT`. */
export function readRedis(): { readonly host: string; readonly port: number } {
  return { host: "127.0.0.1", port: Number(needed("REDIS_PORT")) };
}

/** A variable; throws where it is not set. */
export function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** A variable that is a number, or what it is where it is not set. */
export function numberOf(name: string, usual: number): number {
  return Number(process.env[name] ?? usual);
}
