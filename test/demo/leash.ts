// Stands between the demo and `wrangler dev`, in a process group of its own: when the demo is gone,
// however it went, its end of this process's stdin closes, and the relay goes as well.
// Arguments: the throw-away directory, wrangler's script, wrangler's arguments.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

/** How long wrangler may tidy up. */
const GRACE_MS = 3_000;

const [directory = "", ...command] = process.argv.slice(2);
const relay = spawn(process.execPath, command, { stdio: ["ignore", "inherit", "inherit"] });
relay.once("error", finish);
relay.once("exit", finish);

// A signal is for the demo to hear, which then lets go.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.on("error", () => undefined);
process.stdin.once("close", () => {
  relay.kill("SIGTERM");
  setTimeout(finish, GRACE_MS);
});
process.stdin.resume();

/** Ends whoever is left in the group, this process among them. It leads the group, so its id is the group's. */
function finish(): void {
  process.kill(-process.pid, "SIGTERM");
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.kill(-process.pid, "SIGKILL");
}
