// How the demo fails when it is not its own fault: with a line for whoever started it.

/** A failure that its message explains in full; `details` are lines to show below it. */
export class DemoError extends Error {
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.name = "DemoError";
    this.details = details;
  }
}

/** What went wrong, in the words of the error or of what caused it (`fetch` hides it there). */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
