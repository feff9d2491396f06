// The one message on the queue: "something is due in this partition". It holds no personal data, and
// ringing twice or in vain does no harm.
import * as v from "valibot";

/** A doorbell: the number of the partition that rang. */
export const doorbellSchema = v.object({
  partition: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type Doorbell = v.InferOutput<typeof doorbellSchema>;
