/** The relay's version; a test holds it to package.json. */
export const VERSION = "0.1.0";

/** The `user-agent` of every request that the relay makes. */
export const USER_AGENT = `gameball-relay/${VERSION}`;
