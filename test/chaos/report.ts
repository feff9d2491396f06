// What a run tells in the end: what happened in it, and what was not as it must be. Pure.
import { FAULTS } from "./faults.ts";
import type { CrmHistory, History, Receipt } from "./history.ts";
import { isApplied, isLost, judge } from "./judge.ts";
import { commandOf, type Options } from "./options.ts";
import type { Ended } from "./run.ts";

const MAX_BREACHES = 10;

/** A verdict on a run. */
export interface Verdict {
  /** In words; none when all held. */
  readonly breaches: readonly string[];
  /** The report, line by line. */
  readonly lines: readonly string[];
}

/** Judges a run and describes it. */
export function reportOn(
  { startedAt, history, healedAfterSeconds, behind }: Ended,
  options: Options,
): Verdict {
  const late = healedAfterSeconds === null ? [`not in step when patience ended: ${behind}`] : [];
  const breaches = [...late, ...judge(history)];
  const healed =
    healedAfterSeconds === null ? [] : [`all in step ${healedAfterSeconds} s after they were well`];
  const more = breaches.length - MAX_BREACHES;
  const lines = [
    "",
    ...describeWebhooks(history),
    ...history.crms.flatMap((crm) => describeCrm(crm, history)),
    ...healed,
    "",
    ...(breaches.length === 0
      ? ["All held."]
      : [
          `${breaches.length} breaches:`,
          ...breaches.slice(0, MAX_BREACHES).map((breach) => `- ${breach}`),
          ...(more > 0 ? [`and ${more} more`] : []),
        ]),
    `Seed ${options.seed}, begun ${new Date(startedAt).toISOString()}. Again: ${commandOf(options)}`,
  ];
  return { breaches, lines };
}

/** Acknowledgements of which the relay may not know, by how. */
export function lostAcknowledgements({ receipts }: CrmHistory, kills: readonly number[]) {
  const applied = receipts.filter(isApplied);
  const lost = applied.filter(({ ending }) => ending === "lost").length;
  const doubtful = applied.filter((receipt) => isLost(receipt, kills)).length - lost;
  return { lost, doubtful, repeated: applied.filter(isRepeat(applied)).length };
}

function isRepeat(applied: readonly Receipt[]): (receipt: Receipt) => boolean {
  const first = new Map<string, Receipt>();
  for (const receipt of applied) {
    const name = `${receipt.customer} ${receipt.sequence}`;
    if (!first.has(name)) first.set(name, receipt);
  }
  return (receipt) => first.get(`${receipt.customer} ${receipt.sequence}`) !== receipt;
}

function describeWebhooks({ webhooks, kills, known }: History): string[] {
  const sends = webhooks.reduce((sum, answered) => sum + answered.sends, 0);
  const outcomes = [...Map.groupBy(webhooks, ({ outcome }) => outcome)]
    .map(([outcome, group]) => `${group.length} ${outcome}`)
    .join(", ");
  return [
    `webhooks: ${webhooks.length} of ${known.size} customers, sent ${sends} times: ${outcomes}`,
    `kills: ${kills.length}`,
  ];
}

function describeCrm(crm: CrmHistory, { kills }: History): string[] {
  const { lost, doubtful, repeated } = lostAcknowledgements(crm, kills);
  const calls = FAULTS.filter((fault) => crm.calls[fault] > 0)
    .map((fault) => `${crm.calls[fault]} ${fault}`)
    .join(", ");
  const events = crm.receipts.length;
  const answered = crm.receipts.filter(({ ending }) => ending === "answered").length;
  return [
    `${crm.id}: calls while ${calls === "" ? "nothing" : calls}`,
    `  events: ${events}, ${answered} acknowledged, ${lost} more applied without an answer`,
    `  acknowledged shortly before a kill: ${doubtful}; applied again at the same sequence: ${repeated}`,
  ];
}
