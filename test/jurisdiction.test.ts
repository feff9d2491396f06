// Where the Durable Objects are. The runtime of these tests knows no jurisdictions, as that of `npm run dev`, so
// that it is asked for the right one is shown by a namespace that remembers it.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../src/config.ts";
import type { Env } from "../src/env.ts";
import { gateOf } from "../src/gate/client.ts";
import { ledgerOf } from "../src/ledger/client.ts";
import { testBindings } from "./support/bindings.ts";
import { relayWith } from "./support/relay-in-workerd.ts";

/** A namespace whose objects are known by their jurisdictions and names. */
function namespace(asked: string[], jurisdiction = "anywhere"): DurableObjectNamespace {
  const fake = {
    jurisdiction: (name: string) => namespace(asked, name),
    getByName: (name: string) => asked.push(`${jurisdiction}/${name}`),
  };
  return fake as unknown as DurableObjectNamespace;
}

/** The objects that are asked for with a `JURISDICTION`. */
function askedFor(JURISDICTION: string | undefined): string[] {
  const asked: string[] = [];
  const objects = { LEDGER: namespace(asked), GATES: namespace(asked) };
  const bindings = { ...env, ...testBindings, ...objects, JURISDICTION } as unknown as Env;
  ledgerOf(bindings, 3);
  gateOf(bindings, "one");
  return asked;
}

describe("a jurisdiction", () => {
  it("restricts ledger and gates", () => {
    expect(askedFor("eu")).toEqual(["eu/3", "eu/one"]);
    expect(askedFor("us")).toEqual(["us/3", "us/one"]);
  });

  it.each([undefined, ""])("that is %j leaves them anywhere", (none) => {
    expect(askedFor(none)).toEqual(["anywhere/3", "anywhere/one"]);
  });

  it("that there is not is a fault, and nobody is asked", () => {
    expect(() => askedFor("EU")).toThrow("the configuration is wrong");
    const configured = parseConfiguration({ ...env, ...testBindings, JURISDICTION: "EU" });
    const detail = "must be one of eu, us, fedramp";
    expect(configured).toEqual({ ok: false, faults: [{ pointer: "/JURISDICTION", detail }] });
  });

  it("that the runtime does not know makes no half a relay, but one that says what to do", async () => {
    const { status, body } = await relayWith({ JURISDICTION: "eu" }).ask("/health");
    expect(status).toBe(503);
    expect(body).toMatchObject({
      faults: [
        { pointer: "/JURISDICTION", detail: expect.stringContaining(".dev.vars") as unknown },
      ],
    });
  });
});
