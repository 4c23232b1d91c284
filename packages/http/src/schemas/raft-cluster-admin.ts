import type { FastifySchema } from "fastify";
import { bodyOf } from "./body.ts";
import { healthProperties } from "./health.ts";
import { raftClusterMetricsSchema } from "./metrics.ts";
import { failedResponses, RAFT_CLUSTER_TAG, succeeded } from "./raft-cluster.ts";

const nodeId = { type: "integer", description: "The number of --id." } as const;
const optionalInteger = { type: ["integer", "null"] } as const;

function schemaOf(summary: string, answer: object, more: FastifySchema = {}): FastifySchema {
  return {
    tags: [RAFT_CLUSTER_TAG],
    summary,
    ...more,
    response: { 200: answer, ...failedResponses },
  };
}

export const joinSchema: FastifySchema = schemaOf(
  "Add a node as a voter, once it has caught up. Any node takes it to the leader.",
  succeeded,
  {
    body: bodyOf(["node_id", "endpoint"], {
      node_id: nodeId,
      endpoint: { type: "string", description: "host:port of its Raft." },
    }),
  },
);

export const leaveSchema: FastifySchema = schemaOf(
  "Remove a voter or learner. Any node takes it to the leader.",
  succeeded,
  { body: bodyOf(["node_id"], { node_id: nodeId }) },
);

export const clusterMembersSchema: FastifySchema = schemaOf("The members of the Raft cluster.", {
  type: "object",
  required: ["success", "members"],
  properties: {
    success: { type: "boolean" },
    members: {
      type: "object",
      additionalProperties: {
        type: "object",
        required: ["node_id", "endpoint"],
        additionalProperties: false,
        properties: {
          node_id: nodeId,
          endpoint: { type: "string", description: "host:port of its Raft." },
        },
      },
    },
  },
});

const health = {
  type: "object",
  required: Object.keys(healthProperties),
  properties: healthProperties,
} as const;

export const clusterHealthSchema: FastifySchema = {
  tags: [RAFT_CLUSTER_TAG],
  summary: "The node in one line. 503 when it is poisoned or stopping.",
  response: { 200: health, 503: health, "4xx": failedResponses["4xx"] },
};

export const clusterMetricsSchema: FastifySchema = schemaOf("Metrics.", raftClusterMetricsSchema);

export const triggerSnapshotSchema: FastifySchema = schemaOf(
  "Let the stored state of this node stand for the log as far as it is on disk. No body, or {}.",
  {
    type: "object",
    required: ["success", "term", "index"],
    properties: {
      success: { type: "boolean" },
      term: { type: "integer" },
      index: { type: "integer", description: "Of the last entry that the snapshot holds." },
    },
  },
  {
    description:
      "The state in the database is the snapshot: nothing is copied, and the entries that it holds " +
      "leave the log. Whoever needs them is sent the state instead.",
  },
);

export const purgeLogSchema: FastifySchema = schemaOf(
  "Forget entries of the log of this node, at most those that its snapshot holds.",
  {
    ...succeeded,
    required: [...succeeded.required, "index"],
    properties: {
      ...succeeded.properties,
      index: { type: "integer", description: "Entries up to here are gone, 0 for none." },
    },
  },
  {
    body: {
      type: ["object", "null"],
      additionalProperties: false,
      properties: {
        upto: {
          type: "integer",
          minimum: 1,
          maximum: Number.MAX_SAFE_INTEGER,
          description: "The last index to go; default as far as possible.",
        },
      },
    },
  },
);

export const snapshotStatusSchema: FastifySchema = schemaOf(
  "The last entry that this node has only as part of its state.",
  {
    type: "object",
    required: ["snapshot_exists", "term", "index"],
    properties: {
      snapshot_exists: { type: "boolean" },
      term: { ...optionalInteger, description: "Null without a snapshot." },
      index: { ...optionalInteger, description: "Null without a snapshot." },
    },
  },
);
