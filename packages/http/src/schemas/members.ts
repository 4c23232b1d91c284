import type { FastifySchema } from "fastify";
import { problemResponses } from "./problem.ts";

const optionalString = { type: ["string", "null"] } as const;

const member = {
  type: "object",
  required: ["id", "node_id", "endpoint", "state", "live", "service", "shard"],
  properties: {
    id: { type: "string", description: "The number of --id, else the name in gossip." },
    node_id: { type: ["integer", "string"] },
    endpoint: { ...optionalString, description: "Where clients reach its HTTP." },
    rpc_addr: optionalString,
    role: {
      ...optionalString,
      description: "voter or learner; null for a node that is no member of the Raft cluster.",
    },
    is_self: { type: "boolean" },
    is_leader: { type: "boolean" },
    state: {
      type: "string",
      enum: ["live", "dead", "left", "unknown"],
      description: "As gossip sees it; unknown for a member that does not gossip.",
    },
    live: { type: ["boolean", "null"] },
    service: { ...optionalString, description: "The type of its service." },
    host: { ...optionalString, description: "Where its service is reached." },
    shard: { type: ["integer", "null"], description: "0 for a service without shards." },
    gossip_node_id: optionalString,
    gossip_addr: optionalString,
    version: optionalString,
  },
} as const;

export const membersSchema: FastifySchema = {
  tags: ["cluster"],
  summary: "Every known member, by consensus or by gossip, with its service, live or dead.",
  response: {
    200: {
      type: "object",
      required: ["success", "members"],
      properties: {
        success: { type: "boolean" },
        members: { type: "object", additionalProperties: member },
      },
    },
    ...problemResponses,
  },
};
