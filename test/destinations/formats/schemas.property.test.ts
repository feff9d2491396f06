// What adapters send, held to what vendors publish of their APIs: their OpenAPI descriptions and the types of
// their clients. These lie beside the project, in `shared/specs`, and are no part of it: their licences differ.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hubspot as hubspotSetup } from "../../../src/commands/crm-setup/hubspot.ts";
import type { Key } from "../../../src/destinations/destination.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { itemsOf } from "../../support/adapters.ts";
import { profileChanges } from "../../support/arbitraries.ts";
import { misfitsOf } from "../../support/compiled.ts";
import { NOW } from "../../support/crms/calls.ts";
import { adapterTo, VENDORS } from "../../support/crms/vendors.ts";
import { bodiesOf, crmDestination, planOf } from "../../support/crm-setup.ts";
import { breachesOf, schemaAt } from "../../support/json-schema.ts";
import { customerIdOf, sampleDelivery } from "../../support/samples.ts";

const root = dirname(dirname(dirname(import.meta.dirname)));
const SPECS = join(dirname(root), "shared/specs");
const HUBSPOT_TYPES = join(SPECS, "hubspot-api-client-types");
const SAMPLES = 40;

const keys = fc.constantFrom<Key>("email", "customer_id", "gb_customer_id");

/** A body as an adapter sends it, of profiles with these values, known by one of the keys. */
function bodyOf(format: string, key: Key, changes: readonly Partial<Profile>[]): unknown {
  const create = VENDORS[format];
  if (create === undefined) throw new Error(`no vendor ${format}`);
  const paths = { tier: "tier.name", points: "points.total", code: "referral.code" };
  const fields = {
    ...paths,
    shop_id: "customer_id",
    gb_id: "gb_customer_id",
    vip: "attributes.vip",
  };
  const adapter = adapterTo(create(), { key, fields });
  const deliveries = changes.map((change, index) =>
    sampleDelivery({
      ...change,
      customer_id: customerIdOf(`customer-${index}`),
      email: `customer.${index}@example.com`,
      gb_customer_id: String(index),
      event_id: `evt_${index}`,
      attributes: { vip: index % 2 === 0, city: "Cairo" },
    }),
  );
  const spec = adapter.request(itemsOf(adapter, deliveries), { now: NOW, batchId: "batch_1" });
  return JSON.parse(spec.body ?? "") as unknown;
}

/** A copy of a body with another value at a JSON Pointer, or, for `undefined`, without any. */
function changed(body: unknown, pointer: string, value: unknown): unknown {
  const copy: unknown = structuredClone(body);
  const places = pointer.split("/").slice(1);
  const last = places.pop() ?? "";
  const parent = places.reduce<unknown>((part, place) => Reflect.get(Object(part), place), copy);
  if (parent === undefined) throw new Error(`the body has no ${pointer}`);
  if (value === undefined) Reflect.deleteProperty(Object(parent), last);
  else Reflect.set(Object(parent), last, value);
  return copy;
}

type Changes = readonly Partial<Profile>[];

/** A published description of a body. */
interface Published {
  readonly name: string;
  readonly format: string;
  readonly file: string;
  readonly schema: string;
  /** Of random profiles those that make such a body. */
  readonly pick: (changes: Changes) => Changes;
  /** What breaks it: another value at a place, or none. */
  readonly breaks: readonly (readonly [string, unknown])[];
}

const PROFILE = "/data/attributes/profiles/data/1";

const published: readonly Published[] = [
  {
    name: "Klaviyo's bulk imports",
    format: "klaviyo",
    file: "klaviyo-bulk_import_profiles.json",
    schema: "#/components/schemas/ProfileImportJobCreateQuery",
    pick: (changes) => [{}, { tier: { name: null, order: null } }, ...changes],
    breaks: [
      ["/data/type", undefined],
      ["/data/type", "profile"],
      ["/data/attributes/profiles", undefined],
      ["/data/attributes/profiles/data", {}],
      ["/data/attributes/profile", { data: [] }],
      [`${PROFILE}/type`, "person"],
      [`${PROFILE}/attributes`, undefined],
      [`${PROFILE}/attributes/email`, 1],
      [`${PROFILE}/attributes/loyalty`, {}],
      [`${PROFILE}/attributes/properties`, []],
      [`${PROFILE}/meta/patch_properties/unset`, 1],
      [`${PROFILE}/meta/patch_properties/unset`, [1]],
      [`${PROFILE}/meta/patch_properties/clear`, ["tier"]],
    ],
  },
  {
    name: "Klaviyo's single imports",
    format: "klaviyo",
    file: "klaviyo-create_or_update_profile.json",
    schema: "#/components/schemas/ProfileUpsertQuery",
    pick: (changes) => changes.slice(0, 1),
    breaks: [
      ["/data", undefined],
      ["/data", []],
      ["/data/type", "profile-bulk-import-job"],
      ["/data/attributes/external_id", 7],
      ["/data/attributes/gameball_tier_name", "gold"],
      ["/data/properties", {}],
    ],
  },
  {
    name: "Iterable's bulk updates",
    format: "iterable",
    file: "iterable.json",
    schema: "#/definitions/BulkUpdateUsersRequest",
    pick: (changes) => changes,
    breaks: [
      ["/users", undefined],
      ["/users", {}],
      ["/createNewFields", "true"],
      ["/createFields", true],
      ["/users/0/userId", 17],
      ["/users/0/preferUserId", "yes"],
      ["/users/0/dataFields", []],
      ["/users/0/dataFields", null],
      ["/users/0/fields", {}],
    ],
  },
];

const isThere = existsSync(SPECS);
if (!isThere) {
  console.warn(
    "NOT CHECKED: what vendors publish does not lie beside the project, in shared/specs.",
  );
}

describe.skipIf(!isThere)("what vendors publish, where it lies beside the project", () => {
  describe.each(published)("of $name", ({ format, file, schema, pick, breaks }) => {
    const breaches = (body: unknown): string[] => {
      const document: unknown = JSON.parse(readFileSync(join(SPECS, file), "utf8"));
      return breachesOf(body, schemaAt(document, schema), document);
    };

    it("holds for everything that is sent", () => {
      fc.assert(
        fc.property(keys, profileChanges, (key, changes) => {
          expect(breaches(bodyOf(format, key, pick(changes)))).toEqual([]);
        }),
        { numRuns: SAMPLES },
      );
    });

    it.each(breaks)("does not hold once %s is %j", (pointer, value) => {
      const body = bodyOf(format, "email", pick([{}]));
      expect(breaches(body)).toEqual([]);
      expect(breaches(changed(body, pointer, value))).not.toEqual([]);
    });
  });

  describe("of HubSpot's client", () => {
    it("holds for every batch of contacts, and for none that is broken", () => {
      const samples = fc.sample(fc.tuple(keys, profileChanges), SAMPLES);
      const bodies = samples.map(([key, changes]) => bodyOf("hubspot", key, changes));
      const whole = bodyOf("hubspot", "email", [{}]);
      const broken = [
        changed(whole, "/inputs", undefined),
        changed(whole, "/inputs", {}),
        changed(whole, "/batch", []),
        changed(whole, "/inputs/0/id", undefined),
        changed(whole, "/inputs/0/id", 1),
        changed(whole, "/inputs/0/idProperty", null),
        changed(whole, "/inputs/0/properties", undefined),
        changed(whole, "/inputs/0/properties/points", 100),
        changed(whole, "/inputs/0/properties/tier", null),
        changed(whole, "/inputs/0/traceId", "evt_1"),
      ];
      const type = "BatchInputSimplePublicObjectBatchInputUpsert";
      expect(misfitsOf([...bodies, whole], type, HUBSPOT_TYPES)).toEqual(new Map());
      expect([...misfitsOf(broken, type, HUBSPOT_TYPES).keys()]).toEqual([...broken.keys()]);
    });

    it("holds for every property that npm run crm:setup creates, and for none that is broken", () => {
      const plan = planOf(hubspotSetup, { results: [] }, crmDestination({ key: "customer_id" }));
      const [body] = bodiesOf(plan) as [{ readonly inputs: readonly unknown[] }];
      const [first] = body.inputs;
      const broken = [
        changed(first, "/name", undefined),
        changed(first, "/label", undefined),
        changed(first, "/groupName", undefined),
        changed(first, "/type", "text"),
        changed(first, "/fieldType", "string"),
        changed(first, "/unique", true),
        changed(first, "/hasUniqueValue", "true"),
      ];
      expect(misfitsOf(body.inputs, "PropertyCreate", HUBSPOT_TYPES)).toEqual(new Map());
      const found = misfitsOf(broken, "PropertyCreate", HUBSPOT_TYPES);
      expect([...found.keys()]).toEqual([...broken.keys()]);
    });
  });
});
