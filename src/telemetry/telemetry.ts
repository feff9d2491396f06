// Where a webhook or an attempt is told: a line in the log and a data point in Analytics Engine, both made
// of the same fact, so that they cannot disagree.
import { configurationOf } from "../config.ts";
import type { Env } from "../env.ts";
import { log, type LogLine } from "../log.ts";

/** How much is told, and where. */
export interface Telemetry {
  /** Of the lines about what went well the share that is written, from 0 to 1. */
  readonly logShare: number;
  /** The dataset; `null` where wrangler.toml has none. */
  readonly metrics: Pick<AnalyticsEngineDataset, "writeDataPoint"> | null;
}

/** A data point: texts to group by, and numbers. The index is what Analytics Engine samples by. */
export interface DataPoint {
  readonly index: string;
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

/** What happened, in the words of the log and of the metrics. */
export interface Account {
  readonly line: LogLine;
  readonly point: DataPoint;
  /** Ids of the events that it is about, which decide whether its line is written; `null`: it is. */
  readonly chosenBy: readonly string[] | null;
}

/** Where an environment has things told. A wrong configuration is no reason to be silent. */
export function telemetryOf(env: Env): Telemetry {
  const configured = configurationOf(env);
  const logShare = configured.ok ? configured.configuration.logShare : 1;
  return { logShare, metrics: env.METRICS ?? null };
}

/** Tells what happened. Never throws: neither a webhook nor a delivery may suffer from its being told. */
export function tell({ line, point, chosenBy }: Account, { logShare, metrics }: Telemetry): void {
  const isWritten = chosenBy === null || chosenBy.some((id) => isChosen(id, logShare));
  if (isWritten) log(line);
  const { index, blobs, doubles } = point;
  try {
    metrics?.writeDataPoint({ indexes: [index], blobs: [...blobs], doubles: [...doubles] });
  } catch (error) {
    if (isWritten) log({ event: "metrics.failed" }, error);
  }
}

/** The digits of a digest, or of a random id, that say where in the whole it lies. */
const DIGITS = /[0-9a-f]{8}/;
const PLACES = 16 ** 8;

/**
 * Whether an id belongs to a share of all ids. It is the id that decides, so all lines about one event are
 * written, or none. An id that is neither a digest nor random belongs to every share.
 */
export function isChosen(id: string, share: number): boolean {
  const digits = DIGITS.exec(id)?.[0];
  return digits === undefined || Number.parseInt(digits, 16) < share * PLACES;
}
