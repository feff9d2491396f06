// `npm start` begins here: plain JavaScript that any Node can read. It looks whether everything is
// installed and hands over to main.ts, under the Node that the project brings along.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 20;
/** From here on, Node runs TypeScript as it is and says nothing about it. */
const TYPESCRIPT_NODE = 24;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = `${root}node_modules/`;
const ownNode = `${packages}node/bin/node${process.platform === "win32" ? ".exe" : ""}`;
const nodeVersion = Number.parseInt(process.versions.node, 10);

const runsTypeScript = nodeVersion >= TYPESCRIPT_NODE && process.features.typescript;

if (nodeVersion < OLDEST_NODE && !existsSync(ownNode)) {
  refuse(`Node ${process.versions.node} is too old: use Node ${OLDEST_NODE} or newer.`);
} else if (!isInstalled() || !(runsTypeScript || existsSync(ownNode))) {
  refuse("Run npm ci first.");
} else if (runsTypeScript) {
  const { main } = await import("./main.ts");
  process.exit(await main(process.argv.slice(2)));
} else if (realpathSync(ownNode) !== realpathSync(process.execPath)) {
  handOver();
} else {
  refuse("Node is told not to run TypeScript: unset NODE_OPTIONS.");
}

/** @param {string} reason */
function refuse(reason) {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}

/** Whether everything that package.json names, and the demo needs, is there. */
function isInstalled() {
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const needed = [...Object.keys(dependencies), "wrangler"];
  return needed.every((name) => existsSync(`${packages}${name}/package.json`));
}

/** Starts this file again under the project's own Node, and ends as that one ends. */
function handOver() {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(ownNode, args, { stdio: "inherit" });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => refuse(`The project's Node does not start: ${error.message}`));
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
