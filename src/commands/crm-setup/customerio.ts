// Customer.io creates attributes by itself; the credentials can be tried, and tell the account's region.
import * as v from "valibot";
import { readAnswer } from "../../destinations/answers.ts";
import { apiAddress, type CrmSetup, readingHeaders } from "./setup.ts";

/** Either region answers it (Track API, "Find your account region"). */
const REGION = "/api/v1/accounts/region";

const regionSchema = v.looseObject({ region: v.pipe(v.string(), v.nonEmpty()) });

/** Where the Track API of the European region is; the other has no such suffix (Track API, overview). */
const EUROPE = /^track-eu\./;

/** The account's region. */
export const customerio: CrmSetup = {
  needs: "a site id and an API key of the Track API",

  look: (destination) => ({
    method: "GET",
    url: apiAddress(destination.url, REGION),
    headers: readingHeaders(destination),
    body: null,
  }),

  plan(answer, { url }) {
    const account = readAnswer(regionSchema, answer);
    if (account === null) return null;
    const region = account.region.toLowerCase();
    const { hostname } = new URL(url);
    const isEurope = EUROPE.test(hostname);
    if (!hostname.endsWith(".customer.io") || isEurope === (region === "eu")) {
      return {
        findings: [{ state: "in place", text: `the account, region ${region}` }],
        writes: [],
      };
    }
    const right = isEurope ? "https://track.customer.io" : "https://track-eu.customer.io";
    const text = `the account is in the region ${region}: set url = "${right}"`;
    return { findings: [{ state: "left", text }], writes: [] };
  },
};
