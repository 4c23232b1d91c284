import type { FastifySchema } from "fastify";
import { dialectTag } from "../dialect-tags.ts";
import { problemResponses } from "./problem.ts";

const id = {
  type: "object",
  required: ["node_id", "generation", "generation_id", "gossip_advertise_addr"],
  properties: {
    node_id: { type: "string" },
    generation: { type: "integer", description: "The same as generation_id." },
    generation_id: { type: "integer", description: "Grows with each start; 64 bits." },
    gossip_advertise_addr: { type: "string" },
  },
} as const;

/** Chitchat's fields of the state of a cluster. */
export const gossipStateProperties: Readonly<Record<string, object>> = {
  cluster_id: { type: "string" },
  cluster_state: {
    type: "object",
    required: ["node_states", "seed_addrs"],
    additionalProperties: {
      type: "string",
      description: "Each key: the value of this node, else of the lowest node id.",
    },
    properties: {
      node_states: { type: "array", items: { type: "object", additionalProperties: true } },
      seed_addrs: { type: "array", items: { type: "string" } },
    },
  },
  live_nodes: { type: "array", items: id },
  dead_nodes: { type: "array", items: id },
};

export const gossipStateSchema: FastifySchema = {
  tags: [dialectTag("gossip-kv")],
  summary:
    "The gossip cluster as this node sees it: every node with its keys, live and dead nodes.",
  response: {
    200: {
      type: "object",
      required: ["cluster_id", "cluster_state", "live_nodes", "dead_nodes"],
      properties: gossipStateProperties,
    },
    ...problemResponses,
  },
};

const done = {
  type: "object",
  required: ["status"],
  properties: { status: { type: "boolean" } },
} as const;

const key = {
  type: "string",
  description: "Its first character must be ASCII.",
  examples: ["colour"],
} as const;

export const setKeySchema: FastifySchema = {
  tags: [dialectTag("gossip-kv")],
  summary: "Set a key of this node; gossip carries it to all others.",
  querystring: {
    type: "object",
    additionalProperties: false,
    required: ["key", "value"],
    properties: { key, value: { type: "string" } },
  },
  response: { 200: done, ...problemResponses },
};

export const deleteKeySchema: FastifySchema = {
  tags: [dialectTag("gossip-kv")],
  summary: "Delete a key of this node; true also when there is none.",
  querystring: {
    type: "object",
    additionalProperties: false,
    required: ["key"],
    properties: { key },
  },
  response: { 200: done, ...problemResponses },
};
