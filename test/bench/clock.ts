// One clock for all processes of a run, so that what one notes can be compared with what another does.

const NS_PER_MS = 1e6;

/** Ms since the machine started, to the microsecond. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / NS_PER_MS;
}
