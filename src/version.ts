/** The relay's version, sent as `user-agent`; a test holds it to package.json. */
export const VERSION = "0.1.0";
