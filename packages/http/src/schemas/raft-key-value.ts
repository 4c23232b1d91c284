import type { FastifySchema } from "fastify";
import { raftKeyValueMetricsSchema } from "./metrics.ts";

const TAG = "seed 4: raft-key-value";

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
    tags: [TAG],
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

export const seedInitSchema: FastifySchema = schemaOf(
  "Create a cluster with this node as its only voter. No body, {} or [].",
  { type: "null" },
);

export const seedWriteSchema: FastifySchema = schemaOf(
  "Set, AddNode or CompareAndSet. Any node.",
  written,
  {
    type: "object",
    properties: {
      Set: {
        type: "object",
        required: ["key", "value"],
        properties: { key: { type: "string" }, value: { type: "string" } },
      },
      AddNode: {
        type: "object",
        required: ["id", "addr"],
        properties: { id: { type: "integer" }, addr: { type: "string" } },
      },
      CompareAndSet: {
        type: "object",
        required: ["key", "expected_version", "value"],
        properties: {
          key: { type: "string" },
          expected_version: { type: "integer" },
          value: { type: "string" },
        },
      },
    },
  },
);

const keyRequest = { type: "string", description: "The key." } as const;
const valueReply = { type: "string", description: "Empty when the key does not exist." } as const;

export const seedReadSchema: FastifySchema = schemaOf("Read locally.", valueReply, keyRequest);

export const seedLinearizableReadSchema: FastifySchema = schemaOf(
  "Read linearizably.",
  valueReply,
  keyRequest,
);

export const seedAddLearnerSchema: FastifySchema = schemaOf("Add a learner.", learnerAdded, {
  description: '2, "2", [2, "host:port"] or {node_id, api_addr, rpc_addr}.',
});

export const seedChangeMembershipSchema: FastifySchema = schemaOf("Change the voters.", written, {
  description: '[1, 2], or "[1, 2]" as a JSON string.',
});

export const seedListNodesSchema: FastifySchema = schemaOf("Nodes recorded by AddNode.", {
  type: "object",
  additionalProperties: { type: "string" },
});

export const seedMetricsSchema: FastifySchema = schemaOf("Metrics.", raftKeyValueMetricsSchema);
