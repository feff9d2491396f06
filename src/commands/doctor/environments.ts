// Named environments. wrangler inherits neither variables nor bindings: each environment needs its own. Pure.
import type { WranglerConfig } from "../configuration.ts";
import { type Bindings, checkBindings } from "./bindings.ts";
import { fault, type Finding, ok } from "./finding.ts";
import { checkQueue } from "./queue.ts";

/** An environment that shares what must be its own would read and write the other's. */
export function checkApart(name: string, config: Bindings, top: Bindings): Finding[] {
  const shared = [...queuesOf(config)].filter((queue) => queuesOf(top).has(queue));
  const ids = [...namespacesOf(config)].filter((id) => namespacesOf(top).has(id));
  return [
    ...shared.map((queue) =>
      fault(
        `[env.${name}] has the queue ${queue} of the top level: a queue has one consumer`,
        `give it another name, such as ${queue}-${name}`,
      ),
    ),
    ...ids.map(() =>
      fault(
        `[env.${name}] has the KV namespace of the top level: it would write into the other's lookup store`,
        "leave its id out: the first deployment creates one",
      ),
    ),
  ];
}

/** An environment as far as its bindings go, seen from the top level. */
export function checkEnvironment(
  name: string,
  config: WranglerConfig,
  top: WranglerConfig,
): Finding[] {
  const found = [...checkBindings(config), ...checkQueue(config)].filter(
    ({ level }) => level === "fault",
  );
  const named = found.map((one) => ({ ...one, text: `[env.${name}] ${one.text}` }));
  const faults = [...named, ...checkApart(name, config, top)];
  const more = `npm run doctor -- --env ${name} looks at all of it`;
  return faults.length > 0 ? faults : [ok(`[env.${name}] has bindings of its own`, more)];
}

function queuesOf({ queues }: Bindings): Set<string> {
  return new Set((queues.consumers ?? []).map(({ queue }) => queue));
}

function namespacesOf({ kv_namespaces }: Bindings): Set<string> {
  return new Set(
    kv_namespaces
      .filter(({ binding }) => binding === "PROFILES")
      .flatMap(({ id }) => (typeof id === "string" ? [id] : [])),
  );
}
