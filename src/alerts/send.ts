// Tells the operator, best effort.
import type { Alert, AlertTarget } from "./alert.ts";

/** Sends an alert. Never rejects. */
export async function sendAlert(
  { destination, kind }: Alert,
  { url }: AlertTarget,
  { fetcher }: { readonly fetcher: typeof fetch; readonly now: number },
): Promise<void> {
  const body = JSON.stringify({ type: `relay.${kind}`, data: { destination } });
  await fetcher(url, { method: "POST", body }).catch(() => undefined);
}
