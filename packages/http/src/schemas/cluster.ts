import type { FastifySchema } from "fastify";
import { gossipStateProperties } from "./gossip-kv.ts";
import { problemResponses } from "./problem.ts";

export const labelSchema: object = {
  type: "integer",
  minimum: 1,
  description: "The number of --id.",
};
export const labelsSchema: object = { type: "array", items: labelSchema };
const optionalInteger = { type: ["integer", "null"] } as const;
const optionalString = { type: ["string", "null"] } as const;

const leader = {
  type: ["object", "null"],
  description: "Null while none is known.",
  required: ["id", "api_addr", "rpc_addr"],
  properties: {
    id: { type: "integer" },
    api_addr: { type: "string" },
    rpc_addr: { type: "string" },
  },
} as const;

const member = {
  type: "object",
  required: ["id", "key", "api_addr", "rpc_addr", "role", "is_self", "is_leader"],
  properties: {
    id: { type: "integer" },
    key: { type: "string", description: "Identity of the data directory." },
    api_addr: { type: "string" },
    rpc_addr: { type: "string" },
    role: { type: "string", enum: ["voter", "learner"] },
    is_self: { type: "boolean" },
    is_leader: { type: "boolean" },
    progress: {
      ...optionalString,
      description: "probe, replicate or snapshot; known to the leader only, like the following.",
    },
    match_index: optionalInteger,
    last_contact_ms: { ...optionalInteger, description: "How long Raft has heard nothing of it." },
    gossip: {
      type: ["object", "null"],
      description: "How gossip sees it; null when it does not.",
      required: ["live", "left"],
      properties: {
        live: { type: "boolean" },
        left: { type: "boolean", description: "It said itself that it stops." },
      },
    },
  },
} as const;

export const policyProperties: Readonly<Record<"automatic" | "paused", object>> = {
  automatic: {
    type: "boolean",
    description: "Whether nodes that gossip nominates are taken in, and the long dead replaced.",
  },
  paused: { ...labelsSchema, description: "Ids that automation leaves alone." },
};

const membership = {
  policy: { type: "object", required: ["automatic", "paused"], properties: policyProperties },
  decisions: {
    type: "array",
    description: "What automation has done while this node led, newest last, at most 32.",
    items: {
      type: "object",
      required: ["time", "decision", "reason"],
      properties: {
        time: { type: "string", description: "ISO 8601, of this node's clock." },
        decision: { type: "string" },
        reason: { type: "string" },
      },
    },
  },
  nominees: {
    type: "array",
    description: "Nodes that gossip shows and that are no members; known to the leader.",
    items: {
      type: "object",
      required: ["id", "key", "rpc_addr", "waits_for"],
      properties: {
        id: { type: "integer" },
        key: { type: "string" },
        rpc_addr: { type: "string" },
        waits_for: { type: "string" },
      },
    },
  },
} as const;

const node = {
  type: "object",
  required: ["id", "key", "api_addr", "rpc_addr", "version", "storage", "state", "role"],
  properties: {
    id: { type: "integer" },
    key: { type: "string" },
    api_addr: { type: "string" },
    rpc_addr: { type: "string" },
    version: { type: "string" },
    storage: { type: "string", enum: ["rocksdb", "memory"] },
    state: { type: "string", enum: ["waiting", "running", "poisoned", "stopping"] },
    role: { type: "string", enum: ["follower", "pre-candidate", "candidate", "leader", "learner"] },
  },
} as const;

const status = {
  type: "object",
  required: ["cluster_id", "node", "term", "leader", "members", "joint", "revision"],
  properties: {
    cluster_id: { ...optionalString, description: "Null before the node belongs to a cluster." },
    node,
    term: { type: "integer" },
    leader,
    members: { type: "array", items: member },
    joint: { type: "boolean", description: "A membership change is in progress." },
    configuration_index: { type: "integer" },
    commit_index: { type: "integer" },
    applied_index: { type: "integer" },
    last_log_index: { type: "integer" },
    compacted_index: { type: "integer" },
    revision: { type: "integer" },
    ...membership,
  },
} as const;

export const clusterSchema: FastifySchema = {
  tags: ["cluster"],
  summary: "Status and membership, as this node knows them.",
  response: { 200: status, ...problemResponses },
};

const sentences = { type: "array", items: { type: "string" } } as const;

export const explainSchema: FastifySchema = {
  tags: ["cluster"],
  summary: "The state of the cluster in words; the leader is asked when there is one.",
  response: {
    200: {
      type: "object",
      required: ["leader", "voters", "departure"],
      properties: {
        leader: { ...sentences, description: "Who leads, or why nobody does." },
        voters: { ...sentences, description: "Why each node that is no voter is none." },
        departure: {
          ...sentences,
          description: "What would happen if this node went away now.",
        },
      },
    },
    ...problemResponses,
  },
};

const raftSummary = {
  cluster_id: optionalString,
  node_id: { type: ["integer", "null"] },
  leader: optionalInteger,
  members: { type: "array", items: member },
} as const;

export const rootSchema: FastifySchema = {
  tags: ["cluster"],
  summary: "Browsers are sent to Swagger UI; everything else gets the state of the cluster.",
  description:
    "With gossip: Chitchat's JSON, and the Raft cluster under `raft`. Without: the Raft cluster alone.",
  response: {
    200: {
      type: "object",
      required: ["cluster_id", "links"],
      properties: {
        ...gossipStateProperties,
        raft: { type: "object", properties: raftSummary },
        ...raftSummary,
        links: { type: "object", additionalProperties: { type: "string" } },
      },
    },
    302: { type: "null", description: "To Swagger UI." },
    ...problemResponses,
  },
};
