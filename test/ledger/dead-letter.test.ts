// A dead letter as an operator reads it.
import { expect, it } from "vitest";
import { eventLetter, profileLetter } from "../../src/ledger/dead-letter.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../src/topics.ts";
import { toTime } from "../../src/time.ts";
import { attempted, NOW, recorded, REJECTED, turnOf, webhook } from "./customer.ts";
import { notificationOf } from "./events.ts";

const ANN = "ann" as CustomerId;
const dead = attempted(recorded(null, 0, 1), REJECTED);

it("names a profile's event, and the destination's own words", () => {
  expect(profileLetter(ANN, dead, "acme")).toEqual({
    customer_id: "ann",
    topic: PROFILE_TOPIC,
    event_id: webhook(0, 1).event_id,
    sequence: 1,
    reason: "the destination refused it",
    since: toTime(NOW),
    last_status: 422,
    last_error: "HTTP 422: no",
  });
});

it("may have neither a profile nor words", () => {
  const known = { ...turnOf(dead), last: null };
  const forgotten = { ...dead, versions: {}, destinations: { acme: known } };
  const nothing = { event_id: null, last_status: null, last_error: null };
  expect(profileLetter(ANN, forgotten, "acme")).toMatchObject(nothing);
});

it("is none where nobody gave up", () => {
  expect(profileLetter(ANN, recorded(null, 0, 1), "acme")).toBeNull();
  expect(profileLetter(ANN, dead, "other")).toBeNull();
});

it("names an event of either topic", () => {
  const death = { at: NOW, reason: "refused", status: 422, error: "no" };
  const event = { number: 1, waitingSince: NOW, death };
  const profile = { ...webhook(0, 1), sequence: 7 };
  const notification = { ...notificationOf("ann", toTime(NOW)), sequence: 8 };
  const said = { since: toTime(NOW), reason: "refused", last_status: 422, last_error: "no" };
  expect(eventLetter(ANN, { ...event, content: { topic: PROFILE_TOPIC, profile } })).toMatchObject({
    ...said,
    topic: PROFILE_TOPIC,
    event_id: profile.event_id,
    sequence: 7,
  });
  expect(
    eventLetter(ANN, { ...event, content: { topic: NOTIFICATION_TOPIC, notification } }),
  ).toMatchObject({ ...said, topic: NOTIFICATION_TOPIC, sequence: 8 });
});
