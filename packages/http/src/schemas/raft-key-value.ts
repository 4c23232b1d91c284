import type { FastifySchema } from "fastify";
import { dialectTag } from "../dialect-tags.ts";
import { raftKeyValueMetricsSchema } from "./metrics.ts";

const logId = {
  type: ["object", "null"],
  required: ["term", "index"],
  properties: { term: { type: "integer" }, index: { type: "integer" } },
} as const;

const membership = {
  type: ["object", "null"],
  properties: {
    learners: { type: "array", items: { type: "integer" } },
    configs: { type: "array", items: { type: "array", items: { type: "integer" } } },
    all_members: { type: "array", items: { type: "integer" } },
  },
} as const;

const written = {
  type: "object",
  required: ["log_id", "data", "membership"],
  properties: {
    log_id: logId,
    data: {
      type: "object",
      required: ["value"],
      properties: {
        value: { type: ["string", "null"] },
        version: { type: "integer", description: "CompareAndSet only." },
      },
    },
    membership,
  },
} as const;

const learnerAdded = {
  type: "object",
  required: ["membership_log_id", "matched"],
  properties: { membership_log_id: logId, matched: logId },
} as const;

const failed = {
  type: "object",
  description: "An Err that seed 4 does not know: bad input, overload, unknown outcome.",
  required: ["Err"],
  properties: { Err: { type: "object", additionalProperties: true } },
} as const;

function schemaOf(summary: string, ok: object, request?: object): FastifySchema {
  const body = request === undefined ? {} : { body: request };
  return {
    tags: [dialectTag("raft-key-value")],
    summary,
    ...body,
    response: {
      200: {
        type: "object",
        description: "Exactly one of Ok and Err.",
        properties: { Ok: ok, Err: { type: "object", additionalProperties: true } },
      },
      "4xx": failed,
      "5xx": failed,
    },
  };
}

const key = { type: "string", minLength: 1, examples: ["foo"] } as const;
const value = { type: "string", examples: ["bar"] } as const;
const version = { type: "integer", minimum: 0 } as const;
const label = { type: "integer", minimum: 1, description: "The number of --id." } as const;
const labelText = { type: "string", pattern: "^[1-9][0-9]{0,15}$", examples: ["2"] } as const;
const address = { type: "string", examples: ["127.0.0.1:21002"] } as const;

/** `{"Set": {…}}`: one field, named as the request, with exactly these. */
function writeRequest(name: string, fields: Readonly<Record<string, object>>): object {
  const content = {
    type: "object",
    additionalProperties: false,
    required: Object.keys(fields),
    properties: fields,
  };
  return {
    type: "object",
    additionalProperties: false,
    required: [name],
    properties: { [name]: content },
  };
}

export const seedInitSchema: FastifySchema = schemaOf(
  "Create a cluster with this node as its only voter. No body, {} or [].",
  { type: "null" },
);

export const seedWriteSchema: FastifySchema = schemaOf(
  "Set, AddNode or CompareAndSet. Any node.",
  written,
  {
    oneOf: [
      writeRequest("Set", { key, value }),
      writeRequest("AddNode", { id: label, addr: address }),
      writeRequest("CompareAndSet", { key, expected_version: version, value }),
    ],
  },
);

const keyRequest = { ...key, description: "The key." } as const;
const valueReply = { type: "string", description: "Empty when the key does not exist." } as const;

export const seedReadSchema: FastifySchema = schemaOf("Read locally.", valueReply, keyRequest);

export const seedLinearizableReadSchema: FastifySchema = schemaOf(
  "Read linearizably.",
  valueReply,
  keyRequest,
);

export const seedAddLearnerSchema: FastifySchema = schemaOf("Add a learner.", learnerAdded, {
  description: '2, "2", [2, "host:port"] or {node_id, api_addr, rpc_addr}.',
  anyOf: [
    label,
    labelText,
    {
      type: "array",
      prefixItems: [{ anyOf: [label, labelText] }, address],
      minItems: 2,
      maxItems: 2,
      examples: [[2, "127.0.0.1:21002"]],
    },
    {
      type: "object",
      additionalProperties: false,
      required: ["node_id"],
      properties: {
        node_id: { anyOf: [label, labelText] },
        api_addr: address,
        rpc_addr: address,
        raft_addr: address,
      },
    },
  ],
});

export const seedChangeMembershipSchema: FastifySchema = schemaOf("Change the voters.", written, {
  description: '[1, 2], or "[1, 2]" as a JSON string.',
  anyOf: [
    { type: "array", items: label, minItems: 1, uniqueItems: true, examples: [[1]] },
    { type: "string", examples: ["[1]"] },
  ],
});

export const seedListNodesSchema: FastifySchema = schemaOf("Nodes recorded by AddNode.", {
  type: "object",
  additionalProperties: { type: "string" },
});

export const seedMetricsSchema: FastifySchema = schemaOf("Metrics.", raftKeyValueMetricsSchema);
