// Through the real relay: jobs that come to nothing are done again, reminders that get lost are sent again, and
// nobody's name lies where jobs are kept.
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { gateOf } from "../../src/gate/client.ts";
import { eventually } from "../support/eventually.ts";
import {
  alarmAtGate,
  emailOf,
  jobAtGate,
  KLAVIYO,
  klaviyosGate,
  storedAtGate,
  updateOf,
  withKlaviyo,
} from "../support/klaviyo-in-workerd.ts";
import { removeAndAdd } from "../support/removed-destinations.ts";
import { bindings, moveClock, relay } from "../support/relay-in-workerd.ts";

const klaviyo = withKlaviyo();

const SECOND_MS = 1_000;
const CUSTOMERS = Array.from({ length: 12 }, (_, index) => `customer-${index}`);
const NAMES = /customer-\d|@example\.com/;
/** When a job is asked for while it is not known: so long after it was accepted, and after each time. */
const WAITS_MS = [10 * SECOND_MS, 20 * SECOND_MS, 40 * SECOND_MS];

const gate = (destination = KLAVIYO) => gateOf(bindings, destination);

/** The jobs that a gate would remind of, if it were much later. */
async function jobsAt(destination: string): Promise<string[]> {
  moveClock(60 * 60 * SECOND_MS);
  return (await gate(destination).dueJobs()).map(({ id }) => id);
}

describe("a job that comes to nothing", () => {
  it.each(["cancelled", "unknown"])(
    "since it is %s is done again, with the newest",
    async (how) => {
      const job = await klaviyo.intoJob(CUSTOMERS, 1);
      await relay.accept(updateOf("customer-5", 2));
      await relay.catchUp(["customer-5"]);
      klaviyo.vendor.contacts.clear();
      klaviyo.job(job).status = "cancelled";
      if (how === "unknown") klaviyo.vendor.jobs.clear();
      for (const [index, wait] of WAITS_MS.entries()) {
        expect(klaviyo.vendor.contacts.size).toBe(0);
        moveClock(wait);
        await klaviyo.isAsked(job, index + 1);
      }
      await relay.catchUp(CUSTOMERS);
      // Whom something newer was delivered to since has left the job.
      const others = CUSTOMERS.filter((customer) => customer !== "customer-5");
      expect([...klaviyo.vendor.contacts.keys()].toSorted()).toEqual(
        others.map(emailOf).toSorted(),
      );
      expect(await klaviyo.operator.allDeadLetters(KLAVIYO, 100)).toEqual([]);
      const { timeline } = (await relay.deliveries("customer-1")) ?? { timeline: [] };
      const events = timeline.flatMap(({ event, destination }) =>
        destination === KLAVIYO && event !== "held" ? [event] : [],
      );
      expect(events).toEqual(["accepted", "failed", "accepted"]);
    },
  );
});

describe("a job's reminder", () => {
  let job: string;

  beforeEach(async () => {
    job = await klaviyo.intoJob(CUSTOMERS, 1);
    moveClock(10 * SECOND_MS);
  });

  it("is sent again when the queue does not take it", async () => {
    const queue = Object.getPrototypeOf(env.DELIVERIES) as Queue;
    const send = vi.spyOn(queue, "send").mockRejectedValueOnce(new Error("the queue is away"));
    expect(await runDurableObjectAlarm(klaviyosGate())).toBe(true);
    expect([send.mock.calls.length, klaviyo.asked(job)]).toEqual([1, 0]);
    expect(await alarmAtGate()).toBe(Date.now() + 60 * SECOND_MS);
    moveClock(60 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
  });

  it("is sent again when nobody hears it", async () => {
    const queue = Object.getPrototypeOf(env.DELIVERIES) as Queue;
    const send = vi.spyOn(queue, "send").mockResolvedValueOnce({} as never);
    expect(await runDurableObjectAlarm(klaviyosGate())).toBe(true);
    expect([send.mock.calls, klaviyo.asked(job)]).toEqual([[[{ destination: KLAVIYO }]], 0]);
    expect(await alarmAtGate()).toBe(Date.now() + 60 * SECOND_MS);
    moveClock(60 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
  });

  it("is sent again when whoever heard it is never heard of again", async () => {
    expect(await gate().dueJobs()).toMatchObject([{ id: job, asked: 1 }]);
    expect(await gate().dueJobs()).toEqual([]);
    moveClock(61 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    expect(await jobsAt(KLAVIYO)).toEqual([]);
  });

  it("comes ten seconds after the job, and is not put off by that of an older one", async () => {
    const expectedAt = Date.now();
    await gate().expectJob("younger");
    await klaviyo.isAsked(job, 1);
    expect(await alarmAtGate()).toBe(expectedAt + 10 * SECOND_MS);
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked("younger", 1);
    // It is not known to Klaviyo, so it is asked for again.
    expect(await alarmAtGate()).toBe((await jobAtGate("younger"))?.askAt);
  });

  it("ends with the last job", async () => {
    await klaviyo.isAsked(job, 1);
    // An alarm for a minute later was set before it was known.
    expect(await alarmAtGate()).not.toBeNull();
    await klaviyo.isAsked(job, 1);
    expect(await alarmAtGate()).toBeNull();
  });
});

describe("more jobs than are asked for at a time", () => {
  it("are all asked for", async () => {
    await klaviyo.intoJob(CUSTOMERS, 1);
    const ids = Array.from({ length: 12 }, (_, index) => `further-${index}`);
    for (const id of ids) {
      klaviyo.vendor.jobs.set(id, { status: "queued", total: 0, errors: [], asksLeft: 0 });
      await gate().expectJob(id);
    }
    moveClock(10 * SECOND_MS);
    await runDurableObjectAlarm(klaviyosGate());
    await eventually(() => {
      for (const id of ids) expect(klaviyo.asked(id)).toBe(1);
    });
    await eventually(async () => expect(await jobsAt(KLAVIYO)).toEqual([]));
  });

  it("bring further consumers while there are more", async () => {
    await klaviyo.intoJob(CUSTOMERS, 1);
    for (let index = 0; index < 7; index += 1) await gate().expectJob(`further-${index}`);
    moveClock(10 * SECOND_MS);
    const queue = Object.getPrototypeOf(env.DELIVERIES) as Queue;
    vi.spyOn(queue, "send").mockResolvedValueOnce({} as never);
    await runDurableObjectAlarm(klaviyosGate());
    const lent = await gate().dueJobs();
    expect(lent).toHaveLength(5);
    expect(await alarmAtGate()).toBe(Date.now() + 15 * SECOND_MS);
    moveClock(15 * SECOND_MS);
    await runDurableObjectAlarm(klaviyosGate());
    await eventually(() => expect(klaviyo.asked("further-6")).toBe(1));
    for (const { id } of lent) expect(klaviyo.asked(id)).toBe(0);
  });
});

describe("the jobs of a destination that was removed", () => {
  it("are forgotten with its gate, and nobody is reminded of them", async () => {
    const send = vi.spyOn(Object.getPrototypeOf(env.DELIVERIES) as Queue, "send");
    await gate("gone").expectJob("job-9");
    moveClock(60 * SECOND_MS);
    await runDurableObjectAlarm(env.GATES.getByName("gone"));
    expect(send).not.toHaveBeenCalled();
    await gate("gone").forget();
    await evictDurableObject(env.GATES.getByName("gone"));
    expect(await jobsAt("gone")).toEqual([]);
    expect(await runDurableObjectAlarm(env.GATES.getByName("gone"))).toBe(true);
    expect(await runDurableObjectAlarm(env.GATES.getByName("gone"))).toBe(false);
  });

  it("say nothing of the one that is added again", async () => {
    klaviyo.vendor.refuse(emailOf("customer-3"));
    const job = await klaviyo.intoJob(CUSTOMERS, 1);
    await removeAndAdd(KLAVIYO);
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    moveClock(61 * SECOND_MS);
    await klaviyo.isAsked(job, 2);
    await scheduler.wait(100);
    expect(await klaviyo.operator.allDeadLetters(KLAVIYO, 100)).toEqual([]);
  });
});

describe("nobody's name", () => {
  it("lies in the gate or in the log, whatever becomes of a job", async () => {
    const log = vi.spyOn(console, "log");
    for (const customer of CUSTOMERS.slice(3, 6)) klaviyo.vendor.refuse(emailOf(customer));
    const first = await klaviyo.intoJob(CUSTOMERS, 1);
    const running = await storedAtGate();
    expect(running).toContain(first);
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(first, 1);
    await relay.stands("customer-3", "dead", [KLAVIYO]);
    const texts = [running, await storedAtGate(), ...log.mock.calls.map(([line]) => String(line))];
    expect(texts.filter((text) => text.includes("job.asked"))).toHaveLength(1);
    expect(klaviyo.vendor.calls[0]?.request.body).toMatch(NAMES);
    for (const text of texts) expect(text).not.toMatch(NAMES);
  });
});
