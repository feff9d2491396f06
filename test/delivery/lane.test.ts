// One destination's share of a run: calls, splits, the gate's word, and what becomes of the rest.
import { describe, expect, it } from "vitest";
import { pause, PAUSE_POLL_MS, PAUSED, report } from "../../src/gate/rules.ts";
import { refused, times } from "../support/gate.ts";
import { consignments, MemoryGate, runLane } from "../support/lane.ts";

const ok = (): Response => new Response("ok");
const busy = (): Response => new Response("", { status: 429, headers: { "retry-after": "60" } });
const refuse = (body: string): Response =>
  /"c(7|33)"/.test(body) ? new Response("bad phone", { status: 422 }) : ok();
const down = (): Response => new Response("down", { status: 503 });
const flaky = (body: string): Response => (body.includes('"c2"') ? down() : ok());

describe("a lane", () => {
  it("calls once for each customer and settles each", async () => {
    const { settled, bodies } = await runLane(consignments(3), ok);
    expect(bodies).toHaveLength(3);
    expect([...settled]).toEqual([
      ["c1", { kind: "delivered", status: 200 }],
      ["c2", { kind: "delivered", status: 200 }],
      ["c3", { kind: "delivered", status: 200 }],
    ]);
  });

  it("calls once for a batch", async () => {
    const { settled, bodies } = await runLane(consignments(250), ok, {
      destination: { batch: 100 },
    });
    expect(bodies.map((body) => (JSON.parse(body) as unknown[]).length)).toEqual([100, 100, 50]);
    expect(settled.size).toBe(250);
  });

  it("gives a batch the same id whenever it has the same events, and another otherwise", async () => {
    const destination = { batch: 100 };
    const [first] = (await runLane(consignments(3), ok, { destination })).ids;
    const [again] = (await runLane(consignments(3), ok, { destination })).ids;
    const [other] = (await runLane(consignments(2), ok, { destination })).ids;
    expect(first).toMatch(/^batch_[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("sends halves until the culprits of a refused batch are alone", async () => {
    const { settled, bodies } = await runLane(consignments(64), refuse, {
      destination: { batch: 64 },
    });
    const rejected = [...settled].filter(([, { kind }]) => kind === "rejected");
    expect(rejected.map(([id]) => id).toSorted()).toEqual(["c33", "c7"]);
    expect(rejected[0]?.[1]).toMatchObject({ status: 422, error: "HTTP 422: bad phone" });
    expect([...settled.values()].filter(({ kind }) => kind === "delivered")).toHaveLength(62);
    expect(bodies.length).toBeLessThanOrEqual(26);
  });

  it("has at most four calls under way, and begins with one", async () => {
    let underWay = 0;
    const seen: number[] = [];
    await runLane(consignments(20), async () => {
      underWay += 1;
      seen.push(underWay);
      await scheduler.wait(5);
      underWay -= 1;
      return ok();
    });
    expect(seen[0]).toBe(1);
    expect(Math.max(...seen)).toBe(4);
  });

  it("goes on with the others when single calls fail", async () => {
    const { settled } = await runLane(consignments(3), flaky);
    expect(settled.get("c2")).toEqual({
      kind: "retry",
      status: 503,
      error: "HTTP 503: down",
      afterMs: null,
    });
    expect(settled.get("c3")).toMatchObject({ kind: "delivered" });
  });

  it("stops at a refused credential, tells the gate, and holds everything", async () => {
    const gate = new MemoryGate();
    const { settled, bodies } = await runLane(
      consignments(10),
      () => new Response("", { status: 401 }),
      { gate },
    );
    expect(bodies).toHaveLength(1);
    const reason = "the credentials were refused: HTTP 401";
    expect(gate.reports).toMatchObject([[{ verdict: "refused", error: reason, status: 401 }]]);
    const [first, ...others] = settled.values();
    expect(first).toEqual({ kind: "held", status: 401, reason, forMs: 30_000 });
    expect(others).toHaveLength(9);
    for (const other of others) {
      expect(other).toEqual({ kind: "held", status: null, reason, forMs: 30_000 });
    }
  });

  it("stops where the CRM asks to wait, and holds the rest so long without an attempt", async () => {
    const gate = new MemoryGate();
    const { settled, bodies } = await runLane(consignments(5), busy, { gate });
    expect(bodies).toHaveLength(1);
    expect(gate.reports).toMatchObject([[{ verdict: "busy", waitMs: 60_000, status: 429 }]]);
    const [first, ...others] = settled.values();
    expect(first).toMatchObject({ kind: "retry", afterMs: 60_000 });
    expect(others.map(({ kind }) => kind)).toEqual(["held", "held", "held", "held"]);
  });

  it("stops as soon as the breaker opens, and holds the rest without an attempt", async () => {
    const gate = new MemoryGate();
    const { settled, bodies } = await runLane(consignments(30), down, { gate });
    expect(bodies).toHaveLength(5);
    expect(gate.reports).toHaveLength(5);
    const reason = "5 calls in a row failed: HTTP 503: down";
    const held = { kind: "held", status: null, reason, forMs: 30_000 };
    const [tried, others] = [[...settled.values()].slice(0, 5), [...settled.values()].slice(5)];
    expect(new Set(tried.map(({ kind }) => kind))).toEqual(new Set(["retry"]));
    expect(others).toEqual(times(25, held));
  });

  it("stops after three calls more when four were under way as the CRM began to fail", async () => {
    let calls = 0;
    const { settled, bodies } = await runLane(consignments(90), async () => {
      calls += 1;
      const answer = calls > 10 ? down() : ok();
      await scheduler.wait(2);
      return answer;
    });
    expect(bodies.length).toBeLessThanOrEqual(10 + 8);
    const held = [...settled.values()].filter(({ kind }) => kind === "held");
    expect(held.length).toBe(90 - bodies.length);
  });

  it("takes one connection to a CRM that does not answer well, and no more", async () => {
    let underWay = 0;
    const seen: number[] = [];
    await runLane(consignments(5), async () => {
      underWay += 1;
      seen.push(underWay);
      await scheduler.wait(2);
      underWay -= 1;
      return down();
    });
    expect(seen).toEqual([1, 1, 1, 1, 1]);
  });

  it("sends one call as a probe, and the others once it was answered", async () => {
    const gate = new MemoryGate();
    gate.state = report(gate.state, [refused], -30_000);
    const { settled, bodies } = await runLane(consignments(3), ok, { gate });
    expect(bodies).toHaveLength(3);
    expect(gate.asked).toEqual([3, 2]);
    const probes = gate.reports.map((calls) => calls.map(({ isProbe }) => isProbe));
    expect(probes).toEqual([[true], [false, false]]);
    expect(settled.get("c3")).toMatchObject({ kind: "delivered" });
  });

  it("holds the others when the probe fails", async () => {
    const gate = new MemoryGate();
    gate.state = report(gate.state, [refused], -30_000);
    const { settled, bodies } = await runLane(consignments(3), down, { gate });
    expect(bodies).toHaveLength(1);
    expect(settled.get("c3")).toMatchObject({ kind: "held", forMs: 60_000 });
  });

  it("calls nobody whom the gate does not admit", async () => {
    const gate = new MemoryGate();
    gate.state = pause(gate.state, 0);
    const { settled, bodies } = await runLane(consignments(2), ok, { gate });
    expect(bodies).toEqual([]);
    const held = { kind: "held", status: null, reason: PAUSED, forMs: PAUSE_POLL_MS };
    expect([...settled.values()]).toEqual([held, held]);
  });

  it("spreads those that come too late for the rate, one behind the other", async () => {
    const gate = new MemoryGate();
    await gate.admit(100);
    const { settled } = await runLane(consignments(3), ok, { gate });
    const waits = [1_000, 1_010, 1_020].map((forMs) => ({ kind: "untried", forMs }));
    expect([...settled.values()]).toEqual(waits);
  });

  it("gives those beyond the rate the next times that there are, however many passed", async () => {
    const gate = new MemoryGate();
    const { settled, bodies } = await runLane(consignments(350), ok, { gate });
    expect(bodies).toHaveLength(100);
    const waits = [...settled.values()].flatMap((end) => (end.kind === "untried" ? end.forMs : []));
    expect(waits).toEqual(Array.from({ length: 250 }, (_, index) => 1_000 + index * 10));
  });

  it("asks the gate once for all its calls, and reports once at the end", async () => {
    const gate = new MemoryGate();
    await runLane(consignments(9), ok, { gate });
    expect(gate.asked).toEqual([9]);
    expect(gate.reports).toHaveLength(1);
    expect(gate.reports[0]).toHaveLength(9);
  });

  it("reports what went well with the next call that did not, in their order", async () => {
    const gate = new MemoryGate();
    await runLane(consignments(4), flaky, { gate });
    const verdicts = gate.reports.map((calls) => calls.map(({ verdict }) => verdict));
    expect(verdicts).toEqual([
      ["answered", "failed"],
      ["answered", "answered"],
    ]);
  });

  it("reports how long a call took, its status, and what became of its deliveries", async () => {
    const gate = new MemoryGate();
    const destination = { batch: 3 };
    await runLane(consignments(3), () => new Response("", { status: 202 }), { gate, destination });
    expect(gate.reports).toEqual([
      [
        {
          isProbe: false,
          durationMs: 0,
          status: 202,
          verdict: "answered",
          error: null,
          waitMs: 0,
          succeeded: 3,
          rejected: 0,
          failed: 0,
        },
      ],
    ]);
  });

  it("undoes nothing that was delivered when its gate is out of reach", async () => {
    const gate = new MemoryGate();
    gate.report = async () => Promise.reject(new Error("the object was reset"));
    const { settled } = await runLane(consignments(2), ok, { gate });
    expect([...settled.values()].map(({ kind }) => kind)).toEqual(["delivered", "delivered"]);
  });

  it("spends no attempt while its gate is out of reach", async () => {
    const gate = new MemoryGate();
    gate.admit = async () => Promise.reject(new Error("the object was reset"));
    const { settled, bodies } = await runLane(consignments(1), ok, { gate });
    expect(bodies).toEqual([]);
    const reason = "its gate is out of reach";
    const held = { kind: "held", status: null, reason, forMs: 5_000 };
    expect([...settled.values()]).toEqual([held]);
  });

  it("starts no call that might outlast its lease", async () => {
    const { settled, bodies } = await runLane(consignments(2), ok, {
      destination: { timeoutMs: 10_000 },
      remainingMs: 9_999,
    });
    expect(bodies).toEqual([]);
    expect([...settled.values()]).toEqual([
      { kind: "untried", forMs: 1_000 },
      { kind: "untried", forMs: 1_000 },
    ]);
  });

  it("starts no call once the run has ended for too long", async () => {
    const { settled, bodies } = await runLane(consignments(1), ok, { startBy: -1 });
    expect(bodies).toEqual([]);
    expect([...settled.values()]).toEqual([{ kind: "untried", forMs: 1_000 }]);
  });

  it("repeats no secret that the CRM repeated, not even the half that a cut would leave", async () => {
    const secret = "tok-0123456789";
    const echo = (): Response => new Response(`${"x".repeat(494)}${secret}`, { status: 500 });
    const { settled } = await runLane(consignments(1), echo, {
      destination: { secrets: [secret] },
    });
    expect(settled.get("c1")).toMatchObject({ error: `HTTP 500: ${"x".repeat(494)}***` });
  });

  it("repeats no secret that a failed connection names", async () => {
    const secret = "tok-0123456789";
    const fail = (): Promise<Response> => Promise.reject(new Error(`no host at /${secret}`));
    const { settled } = await runLane(consignments(1), fail, {
      destination: { secrets: [secret] },
    });
    expect(settled.get("c1")).toMatchObject({
      kind: "retry",
      error: "the connection failed: no host at /***",
    });
  });
});
