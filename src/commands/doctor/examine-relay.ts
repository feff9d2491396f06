// A deployed relay, asked one thing after the other.
import { type Ask, type RelayAnswer, type NoAnswer } from "./answer.ts";
import { type Finding, type Group, warning } from "./finding.ts";
import { checkClock, checkHealth, checkLock, checkWebhookRoute } from "./relay.ts";
import { checkTokens, type KnownSecrets } from "./secrets.ts";
import { checkDestinations, checkTrial, type TokenName } from "./standing.ts";

/** What the examination of a relay needs. */
export interface RelayContext {
  readonly origin: string;
  readonly ask: Ask;
  /** The tokens that the environment holds. */
  readonly tokens: KnownSecrets;
  /** Each destination gets a sample. */
  readonly isTest: boolean;
  readonly now: () => number;
}

const DESTINATIONS = "/v1/destinations";

/** How a token gets into the environment and not into the shell's history. */
export const HOW_TO_GIVE_A_TOKEN = "read -rs API_TOKEN; export API_TOKEN";

/** Examines a relay from outside, and where there is a token, its destinations. */
export async function examineRelay(context: RelayContext): Promise<Group[]> {
  const { origin, ask, tokens } = context;
  const health = await ask("/health");
  const { isRelay, findings } = checkHealth(health);
  const relay = { title: `Relay ${origin}`, findings };
  if (!isRelay || health.kind === "none") return [relay];
  const unsigned = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  const outside = [
    ...findings,
    ...checkClock(health),
    ...checkWebhookRoute(await ask("/webhooks/gameball", unsigned)),
    ...checkLock(await ask(DESTINATIONS)),
  ];
  return [
    { ...relay, findings: outside },
    { title: "Tokens", findings: checkTokens(tokens, new Set()) },
    // A relay that is configured wrongly lets nobody look; that was told.
    ...(health.status === 200
      ? [{ title: "Destinations", findings: await examineDestinations(context) }]
      : []),
  ];
}

async function examineDestinations(context: RelayContext): Promise<readonly Finding[]> {
  const { origin, ask, tokens, isTest, now } = context;
  const token = tokenOf(tokens);
  if (token === null) {
    const text = "no token is given: how the CRMs stand was not looked at";
    return [warning(text, `${HOW_TO_GIVE_A_TOKEN}, or the same with API_READ_TOKEN`)];
  }
  const headers = { authorization: `Bearer ${token.value}` };
  const answer = await ask(DESTINATIONS, { headers });
  const { ids, findings } = checkDestinations(answer, { origin, token: token.name, now: now() });
  if (!isTest) return findings;
  const post = async (id: string): Promise<RelayAnswer | NoAnswer> =>
    ask(`${DESTINATIONS}/${id}/test`, { method: "POST", headers });
  const trials: Finding[] = [];
  for (const id of ids) trials.push(checkTrial(id, await post(id)));
  return [...findings, ...trials];
}

function tokenOf(tokens: KnownSecrets): { name: TokenName; value: string } | null {
  for (const name of ["API_TOKEN", "API_READ_TOKEN"] as const) {
    const known = tokens.get(name);
    if (known !== undefined) return { name, value: known.value };
  }
  return null;
}
