// A relay whose destinations stand in every way there is, with real adapters and vendors that play along.
import { FakeCrm } from "../support/fake-crm.ts";
import { eventually, inParallel } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { API_READ_TOKEN } from "../support/bindings.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
