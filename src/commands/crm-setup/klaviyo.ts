// Klaviyo creates properties by itself; the credentials can be tried by asking for jobs, as the relay does.
import * as v from "valibot";
import { readAnswer } from "../../destinations/answers.ts";
import { KLAVIYO_REVISION } from "../../destinations/formats/klaviyo.ts";
import { KLAVIYO_JOBS_PATH } from "../../destinations/formats/klaviyo-jobs.ts";
import { USER_AGENT } from "../../version.ts";
import { apiAddress, type CrmSetup } from "./setup.ts";

const jobsSchema = v.looseObject({ data: v.array(v.unknown()) });

/** The account. */
export const klaviyo: CrmSetup = {
  needs:
    "the scopes lists:read and profiles:read, and for deliveries lists:write and profiles:write",

  look: ({ url, headers }) => ({
    method: "GET",
    url: `${apiAddress(url, KLAVIYO_JOBS_PATH)}?page[size]=1`,
    headers: {
      accept: "application/vnd.api+json",
      revision: KLAVIYO_REVISION,
      "user-agent": USER_AGENT,
      ...headers,
    },
    body: null,
  }),

  plan: (answer) =>
    readAnswer(jobsSchema, answer) === null
      ? null
      : { findings: [{ state: "in place", text: "the account" }], writes: [] },
};
