// Counts what Cloudflare bills, and calls of CRMs, inside workerd.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { Gate, Ledger } from "../../src/index.ts";
import type { Counts } from "./prices.ts";

/** A doorbell is written, read and deleted. */
const OPERATIONS_PER_MESSAGE = 3;

/** Counts from now on; the function it gives reads the counts. CRMs answer at once unless another `answer` is given. */
export async function startCounting(
  answer: (url: URL) => Promise<Response> = async () => new Response("ok"),
): Promise<() => Counts> {
  vi.restoreAllMocks();
  const requests = [
    ...(["record", "claim", "settle", "alarm", "survey", "agreeOnPartitions"] as const).map(
      (method) => vi.spyOn(Ledger.prototype, method),
    ),
    ...(["admit", "report"] as const).map((method) => vi.spyOn(Gate.prototype, method)),
  ];
  const { exec, setAlarm } = await runInDurableObject(
    env.LEDGER.getByName("0"),
    (_, { storage }) => ({
      exec: vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec"),
      setAlarm: vi.spyOn(Object.getPrototypeOf(storage) as DurableObjectStorage, "setAlarm"),
    }),
  );
  const sendBatch = vi.spyOn(Object.getPrototypeOf(env.DELIVERIES) as Queue, "sendBatch");
  const point = vi.spyOn(env.METRICS, "writeDataPoint");
  const line = vi.spyOn(console, "log");
  const put = vi.spyOn(Object.getPrototypeOf(env.PROFILES) as KVNamespace, "put");
  const calls = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async (input) => answer(new URL(new Request(input).url)));
  return () => {
    const cursors = exec.mock.results.map(({ value }) => value as ReturnType<SqlStorage["exec"]>);
    const messages = sendBatch.mock.calls.reduce((sum, [batch]) => sum + [...batch].length, 0);
    return {
      "Worker requests": point.mock.calls.filter(([one]) => one?.blobs?.[0] === "webhook").length,
      "Durable Object requests": requests.reduce((sum, spy) => sum + spy.mock.calls.length, 0),
      "rows written": cursors.reduce(
        (sum, cursor) => sum + cursor.rowsWritten,
        setAlarm.mock.calls.length,
      ),
      "rows read": cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0),
      "queue operations": messages * OPERATIONS_PER_MESSAGE,
      "KV writes": put.mock.calls.length,
      "CRM calls": calls.mock.calls.length,
      "log lines": line.mock.calls.length,
      "data points": point.mock.calls.length,
    };
  };
}
