// What a contender's processes have used, as Linux counts it (proc(5)).
import { readFile } from "node:fs/promises";

/** Linux counts in hundredths of a second for all programs, whatever its own clock is. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;
/** Behind the name, which is in brackets and may hold anything: of the fields, these two. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Sums over all processes. */
export interface Usage {
  /** In the programs and for them in the kernel. */
  readonly cpuSeconds: number;
  /** The most memory that each ever had. */
  readonly peakMib: number;
}

/** Reads it; a process that has ended is an error. */
export async function readUsage(processes: readonly number[]): Promise<Usage> {
  const usages = await Promise.all(processes.map(usageOf));
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakMib: usages.reduce((sum, { peakMib }) => sum + peakMib, 0),
  };
}

async function usageOf(id: number): Promise<Usage> {
  const stat = await readFile(`/proc/${id}/stat`, "utf8");
  const status = await readFile(`/proc/${id}/status`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  const peakKib = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMib: peakKib / KIB_PER_MIB };
}
