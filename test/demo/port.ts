// Whether the relay can have its port, asked before anything is started.
import { createServer } from "node:net";
import { DemoError, reasonOf } from "./demo-error.ts";

/** Both addresses that `localhost` may mean: a stranger on either would answer in the relay's place. */
const HOSTS = ["127.0.0.1", "::1"];

/** Throws a `DemoError` when the port is somebody else's, or none that can be used. */
export async function checkPort(port: number): Promise<void> {
  for (const host of HOSTS) {
    const code = await tryToListen(port, host);
    if (code === "EADDRINUSE") throw unusable(port, "is in use", port + 3);
    if (code === "EACCES") throw unusable(port, "needs privileges", "N");
  }
  const reason = await fetch(`http://127.0.0.1:${port}`).then(() => "", reasonOf);
  if (reason === "bad port") throw unusable(port, "is blocked by browsers", "N");
}

function unusable(port: number, why: string, other: number | string): DemoError {
  return new DemoError(`Port ${port} ${why}. Choose another: npm start -- --port ${other}`);
}

/** The code of the error that listening ends in; `null` when it works. */
async function tryToListen(port: number, host: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  return promise;
}
