// What the log says of an error: its kind, what the platform said of itself, and where in the code it was.

/** Frames of a stack that are told. */
const MAX_FRAMES = 5;

/** The name of a class, and nothing that somebody sent. */
const NAME = /^\w{1,40}$/;

/**
 * What the platform says of itself, and what SQLite does. Any other message may quote what it was about: a key of
 * KV, a URL, the JSON that could not be read.
 */
const OF_THE_PLATFORM = new RegExp(
  [
    "Network connection lost",
    "Cannot resolve Durable Object due to transient issue",
    "Durable Object reset because its code was updated",
    "Durable Object is overloaded",
    "Durable Object storage operation exceeded timeout",
    "exceeded its (?:memory|CPU time) limit",
    "Internal error(?: in Durable Object storage)?",
    "Too Many Requests",
    "Too many (?:API requests|subrequests)",
    "Subrequest depth limit exceeded",
    "SQLITE_[A-Z]+",
  ].join("|"),
  "i",
);

/** An error in words that name nobody, such as `Error: SQLITE_FULL`, and where it was thrown, innermost first. */
export interface ErrorDescription {
  readonly error: string;
  readonly at: string;
}

/** Describes whatever was thrown. */
export function describeError(thrown: unknown): ErrorDescription {
  if (!(thrown instanceof Error)) return { error: "something that is no error", at: "" };
  const { message, stack = "" } = thrown;
  const name = NAME.test(thrown.name) ? thrown.name : "Error";
  const said = OF_THE_PLATFORM.exec(message)?.[0];
  const error = said === undefined ? name : `${name}: ${said}`;
  return { error, at: framesOf(stack, message).join(", ") };
}

/** The frames of a stack, without the message before them. */
function framesOf(stack: string, message: string): string[] {
  const start = stack.indexOf(message);
  const frames = start === -1 ? "" : stack.slice(start + message.length);
  const found = frames.matchAll(/^\s*at (.*)$/gm);
  return [...found].slice(0, MAX_FRAMES).map(([, frame]) => frame ?? "");
}
