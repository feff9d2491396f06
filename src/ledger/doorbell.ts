// The one message on the queue: "something is due in this partition". It holds no personal data, and
// ringing twice or in vain does no harm.
import * as v from "valibot";

/** Messages that the platform takes at once (Cloudflare docs, Queues limits). */
const MAX_MESSAGES = 100;

/** A doorbell: the number of the partition that rang. */
export const doorbellSchema = v.object({
  partition: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type Doorbell = v.InferOutput<typeof doorbellSchema>;

/** How often a partition rings: once for each hundred customers. */
export interface Ringing extends Doorbell {
  readonly times: number;
}

/** Rings for some partitions together, so that one run of the consumer can answer them all. */
export async function ring(queue: Queue, ringing: readonly Ringing[]): Promise<void> {
  const messages = ringing.flatMap(({ partition, times }) =>
    Array.from({ length: times }, () => ({ body: { partition } satisfies Doorbell })),
  );
  for (let first = 0; first < messages.length; first += MAX_MESSAGES) {
    await queue.sendBatch(messages.slice(first, first + MAX_MESSAGES));
  }
}
