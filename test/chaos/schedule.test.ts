// The schedule: the same for the same seed, and with everything in it that a run is to meet.
import { expect, it } from "vitest";
import { FAULTS } from "./faults.ts";
import { commandOf, type Options, readOptions } from "./options.ts";
import { CRM_IDS, scheduleOf } from "./schedule.ts";

const options: Options = { minutes: 2, seed: 7, customers: 1_000, rate: 40 };
const schedule = scheduleOf(options);

it("is the same for the same seed, and another for another", () => {
  expect(scheduleOf(options)).toEqual(schedule);
  expect(scheduleOf({ ...options, seed: 8 }).webhooks).not.toEqual(schedule.webhooks);
});

it("is run again by the command that it names", () => {
  const [, flags = ""] = commandOf(options).split("-- ");
  expect(readOptions(flags.split(" "))).toEqual(options);
});

it("names a wrong argument", () => {
  expect(() => readOptions(["--minutes", "soon"])).toThrow("--minutes");
  expect(() => readOptions(["--seed", "1.5"])).toThrow("--seed");
  expect(() => readOptions(["--kills", "3"])).toThrow("--kills");
});

it("sends some webhooks twice, and of many customers an older after a newer", () => {
  const names = schedule.webhooks.map(({ update }) => `${update.customer} ${update.step}`);
  const doubled = names.length - new Set(names).size;
  expect(doubled / names.length).toBeGreaterThan(0.08);
  expect(doubled / names.length).toBeLessThan(0.2);
  const newest = new Map<string, number>();
  const late = schedule.webhooks.filter(({ update: { customer, step } }) => {
    const before = newest.get(customer) ?? -1;
    newest.set(customer, Math.max(step, before));
    return step < before;
  });
  expect(late.length).toBeGreaterThan(100);
  expect(newest.size).toBe(options.customers);
});

it("brings every fault to every CRM, to each in its own order", () => {
  for (const id of CRM_IDS) {
    expect(new Set(schedule.spells[id].map(({ fault }) => fault)).size).toBe(FAULTS.length);
  }
  const orders = CRM_IDS.map((id) => schedule.spells[id].map(({ fault }) => fault).join(" "));
  expect(new Set(orders).size).toBe(CRM_IDS.length);
});

it("keeps webhooks and kills within the run, and kills at least once", () => {
  const times = [...schedule.webhooks.map(({ atMs }) => atMs), ...schedule.kills];
  expect(Math.max(...times)).toBeLessThanOrEqual(schedule.durationMs);
  expect(schedule.kills.length).toBeGreaterThan(2);
  expect(scheduleOf({ ...options, minutes: 0.1 }).kills).toHaveLength(1);
});
