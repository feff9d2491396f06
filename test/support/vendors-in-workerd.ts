// Fake vendors for tests inside workerd: they stand where `fetch` was, each at its own hosts.
import { reset } from "cloudflare:test";
import { afterEach, beforeEach, vi } from "vitest";
import { FakeSalesforce } from "./crms/salesforce.ts";
import { FakeZoho } from "./crms/zoho.ts";
import type { FakeVendor, VendorRequest } from "./crms/vendor.ts";

/** No call for so long, and the consumer has nothing more to say. */
const QUIET_MS = 30;
/** Other work may slow the machine down; no test takes so long. */
const TIMEOUT_MS = 60_000;

type Reply = (request: VendorRequest) => Response | Promise<Response>;

/** Vendors whose access tokens expire, with the destinations of `tokenBindings`. */
export class VendorsInWorkerd {
  salesforce = new FakeSalesforce();
  zoho = new FakeZoho();
  readonly #replies = new Map<string, Reply>();
  #lastCallAt = 0;

  /** Takes the place of `fetch`. */
  open(): void {
    this.salesforce = new FakeSalesforce();
    this.zoho = new FakeZoho();
    this.#replies.clear();
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      this.#lastCallAt = performance.now();
      const url = new URL(input as string);
      const request = {
        method: init?.method ?? "GET",
        path: url.pathname,
        query: url.searchParams,
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: (init?.body ?? "") as string,
      };
      const reply = this.#replies.get(url.host + url.pathname) ?? this.#replies.get(url.host);
      return reply === undefined ? answer(this.#vendorAt(url.host), request) : reply(request);
    });
  }

  /** How a host, or one path of it, answers from now on instead of its vendor; `null`: as the vendor again. */
  answers(place: string, reply: Reply | null): void {
    if (reply === null) this.#replies.delete(place);
    else this.#replies.set(place, reply);
  }

  /** Waits until nobody has called for a while, so that nothing runs on into the next test. */
  async close(): Promise<void> {
    while (performance.now() - this.#lastCallAt < QUIET_MS) await scheduler.wait(QUIET_MS);
  }

  #vendorAt(host: string): FakeVendor {
    switch (host) {
      case "acme.my.salesforce.com":
        return this.salesforce;
      case "accounts.zoho.com":
      case "www.zohoapis.com":
        return this.zoho;
      default:
        throw new Error(`nobody is at ${host}`);
    }
  }
}

function answer(vendor: FakeVendor, request: VendorRequest): Response {
  const { status, body, headers = {} } = vendor.answer(request);
  return Response.json(body ?? {}, { status, headers });
}

/** Gives every test of a file vendors of its own, and a relay that has stored nothing. */
export function withVendors(): VendorsInWorkerd {
  vi.setConfig({ testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS });
  const vendors = new VendorsInWorkerd();
  beforeEach(() => {
    vendors.open();
  });
  afterEach(async () => {
    await vendors.close();
    vi.useRealTimers();
    vi.restoreAllMocks();
    await reset();
  });
  return vendors;
}
