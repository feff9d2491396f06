// The demo: two CRMs, the relay, one webhook on its way through them; then it stays up to be tried.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { obeyKeys, printThingsToTry } from "./commands.ts";
import { type CrmCall, DemoCrm } from "./demo-crm.ts";
import { DemoError } from "./demo-error.ts";
import { Narrator } from "./narrator.ts";
import type { Options } from "./options.ts";
import { checkPort } from "./port.ts";
import { type Relay, startRelay } from "./relay.ts";
import { RelayClient } from "./relay-client.ts";
import type { Screen } from "./screen.ts";
import { Story } from "./story.ts";

/** By then both CRMs must hold the profile, counted from the start of the program. */
const DEADLINE_MS = 60_000;
const HEALTH_POLL_MS = 150;

const SECRET_KEY = randomBytes(16).toString("hex");
const TOKEN = `demo-${randomBytes(8).toString("hex")}`;
const SIGNING_SECRET = `whsec_${randomBytes(24).toString("base64")}`;

/** One run of the demo. */
export class Demo {
  readonly #options: Options;
  readonly #screen: Screen;
  readonly #client: RelayClient;
  readonly #narrator: Narrator;
  readonly #story: Story;
  readonly #healthy: DemoCrm;
  readonly #flaky: DemoCrm;
  #relay: Relay | null = null;

  constructor(options: Options, screen: Screen) {
    this.#options = options;
    this.#screen = screen;
    const onCall = (call: CrmCall): void => this.#narrator.onCall(call);
    this.#healthy = new DemoCrm({
      id: "healthy-crm",
      signingSecret: SIGNING_SECRET,
      failures: 0,
      onCall,
    });
    this.#flaky = new DemoCrm({ id: "flaky-crm", signingSecret: null, failures: 2, onCall });
    this.#client = new RelayClient(options.port, TOKEN, SECRET_KEY);
    this.#narrator = new Narrator(screen, this.#client);
    this.#story = new Story({
      screen,
      client: this.#client,
      narrator: this.#narrator,
      crms: [this.#healthy, this.#flaky],
    });
  }

  /**
   * Runs until all is told or, without `--once`, until the user quits. Throws a `DemoError` when the
   * relay cannot start, ends, or does not do its work in time.
   */
  async run(signal: AbortSignal): Promise<void> {
    await checkPort(this.#options.port);
    await this.#healthy.start();
    await this.#flaky.start();
    if (signal.aborted) return;
    this.#screen.step("demo", `starts the relay on ${this.#origin}`);
    const relay = startRelay(this.#options.port, this.#variables(), (line) => {
      this.#narrator.onLine(line);
    });
    this.#relay = relay;
    await Promise.race([relay.ended, this.#tell(relay)]);
  }

  /** Ends everything that was started. */
  async stop(): Promise<void> {
    await Promise.all([this.#relay?.stop(), this.#healthy.stop(), this.#flaky.stop()]);
  }

  async #tell(relay: Relay): Promise<void> {
    await this.#waitForHealth(relay);
    this.#screen.step("relay", "is up: GET /health says ok", "good");
    const sequence = await this.#story.sendSample();
    await this.#story.waitForAll(sequence, DEADLINE_MS);
    this.#screen.step("demo", "both CRMs and the lookup have the same profile", "good");
    await this.#story.showProfile();
    await this.#story.showDeliveries();
    if (this.#options.once) return;

    const hasKeys = process.stdin.isTTY;
    printThingsToTry(this.#screen, { origin: this.#origin, token: TOKEN, hasKeys });
    if (hasKeys) await obeyKeys(this.#screen, this.#story, this.#flaky);
    else await relay.ended;
  }

  async #waitForHealth(relay: Relay): Promise<void> {
    while (!(await this.#client.isHealthy())) {
      // Wrangler stays up to wait for a better source; the demo does not.
      const isBroken = relay.lastLines().some((line) => line.includes("Build failed"));
      const isLate = performance.now() > DEADLINE_MS;
      await sleep(HEALTH_POLL_MS);
      const what = isBroken ? "does not build" : "did not start in time";
      if (isBroken || isLate) throw new DemoError(`The relay ${what}:`, relay.lastLines());
    }
  }

  get #origin(): string {
    return `http://localhost:${this.#options.port}`;
  }

  /** The relay's configuration, as a user would write it. */
  #variables(): Readonly<Record<string, string>> {
    const { id, url } = this.#healthy;
    const destinations = [
      { id, url, signing_secret: "${HEALTHY_CRM_SIGNING_SECRET}" },
      { id: this.#flaky.id, url: this.#flaky.url },
    ];
    return {
      GAMEBALL_SECRET_KEY: SECRET_KEY,
      GAMEBALL_CLIENT_ID: "", // the sample is not of the client that wrangler.toml may name
      API_TOKEN: TOKEN,
      ALLOW_INSECURE_DESTINATIONS: "true",
      HEALTHY_CRM_SIGNING_SECRET: SIGNING_SECRET,
      DESTINATIONS: JSON.stringify(destinations),
    };
  }
}
