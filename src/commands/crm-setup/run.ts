// A CRM is looked at, what is missing is created, and it is looked at again: only what it then shows counts.
import type { Answer, RequestSpec, ResponseSummary } from "../../destinations/adapter.ts";
import { describeAnswer } from "../../destinations/classify.ts";
import type { Destination } from "../../destinations/destination.ts";
import { crmOf, type CrmDestination } from "../../destinations/format.ts";
import { formatOf } from "../../destinations/formats.ts";
import type { NoAccess } from "../../destinations/oauth.ts";
import type { CrmSetup, Finding, Plan } from "./setup.ts";
import { setupOf } from "./setups.ts";

/** What an attempt to ask a CRM gave: an answer, or why there is none. */
type Asked = ResponseSummary | NoAccess;

/** What setting up needs from outside. */
export interface SetupContext {
  /** Sends a request with the destination's credentials; nothing secret is in what comes back. */
  readonly ask: (spec: RequestSpec) => Promise<Asked>;
  /** Tells a person a line. */
  readonly say: (line: string) => void;
  /** Nothing is changed; what would be sent is said. */
  readonly isDryRun: boolean;
}

/** Sets up a destination. `true` when everything is in place, and nothing is left for a person. */
export async function setUp(destination: Destination, context: SetupContext): Promise<boolean> {
  const { say, isDryRun } = context;
  const { id, format } = destination;
  const vendor = formatOf(format).crm?.name ?? null;
  const trial = `POST /v1/destinations/${id}/test sends one sample, and says how it was answered.`;
  if (vendor === null) {
    say(`${id} gets the relay's own events: there is nothing to set up. ${trial}`);
    return true;
  }
  const setup = setupOf(format);
  if (setup === null) {
    say(`${vendor} needs no fields, and has no call that tries the credentials without changes.`);
    say(`Once deployed, ${trial}`);
    return true;
  }
  const crm = crmOf(destination);
  say(`${id}: ${vendor} at ${crm.url}, customers by ${crm.crm.key}`);
  if (isDryRun) say("This is a dry run: nothing is changed, what only reads is asked.");
  const before = await look(setup, crm, context);
  if (before === null) return false;
  say("The credentials are accepted.");
  for (const finding of before.findings) say(show(finding));
  if (before.writes.length === 0) return conclude(before, say);
  for (const { spec, refusals } of before.writes) {
    say(`${isDryRun ? "would send: " : ""}${spec.method} ${spec.url} ${spec.body ?? ""}`);
    if (isDryRun) continue;
    const answer = read(await context.ask(spec));
    const words = "failure" in answer ? [answer.failure] : refusals(answer);
    for (const word of words) say(`refused: ${word}`);
  }
  if (isDryRun) return conclude(before, say);
  const after = await look(setup, crm, context);
  if (after === null) return false;
  for (const finding of after.findings) if (!isKnown(finding, before)) say(show(finding));
  return conclude(after, say);
}

/** What a CRM shows; `null` when it shows nothing, which is said. */
async function look(
  setup: CrmSetup,
  destination: CrmDestination,
  { ask, say }: SetupContext,
): Promise<Plan | null> {
  const spec = setup.look(destination);
  say(`${spec.method} ${spec.url}`);
  const answer = read(await ask(spec));
  if ("failure" in answer) {
    say(`failed: ${answer.failure}`);
    if (answer.isRefusal) say(`It needs ${setup.needs}.`);
    return null;
  }
  const plan = setup.plan(answer, destination);
  if (plan === null) {
    say(`failed: ${describeAnswer(answer.status, answer.text)} (the answer is not understood)`);
  }
  return plan;
}

/** What went wrong, and whether the credentials did. */
interface Failure {
  readonly failure: string;
  readonly isRefusal: boolean;
}

/** An answer of 2xx, or what went wrong instead. */
function read(asked: Asked): Answer | Failure {
  switch (asked.kind) {
    case "no_response":
      return { failure: asked.reason, isRefusal: false };
    case "retry":
      return { failure: asked.error, isRefusal: false };
    case "held":
      return { failure: asked.reason, isRefusal: true };
    case "response": {
      const { status, text } = asked;
      if (status >= 200 && status < 300) return asked;
      const isRefusal = status === 401 || status === 403;
      return { failure: describeAnswer(status, text), isRefusal };
    }
  }
}

function show({ state, text }: Finding): string {
  return `${state === "left" ? "to do" : state}: ${text}`;
}

function isKnown({ state, text }: Finding, { findings }: Plan): boolean {
  return state !== "missing" && findings.some((one) => one.state === state && one.text === text);
}

function conclude({ findings }: Plan, say: SetupContext["say"]): boolean {
  const left = findings.filter(({ state }) => state === "left" || state === "missing").length;
  if (left === 0) say("Everything is in place.");
  else
    say(`Not everything is in place: ${left === 1 ? "one thing is" : `${left} things are`} left.`);
  return left === 0;
}
