import type { FastifySchema } from "fastify";
import { problemResponses } from "./problem.ts";

/** Seed 3's fields, all of them always there. */
export const healthProperties: Readonly<Record<string, object>> = {
  status: { type: "string", enum: ["ok", "waiting", "poisoned", "stopping", "gossip-only"] },
  node_id: { type: ["integer", "null"] },
  is_leader: { type: "boolean" },
  current_leader: { type: ["integer", "null"] },
  current_term: { type: "integer" },
  state: {
    type: "string",
    enum: ["Leader", "Follower", "Candidate", "Learner", "Shutdown", "GossipOnly"],
  },
};

const health = {
  type: "object",
  required: Object.keys(healthProperties),
  properties: healthProperties,
} as const;

const live = {
  type: "object",
  required: ["status"],
  properties: { status: { type: "string", enum: ["ok", "poisoned"] } },
} as const;

const ready = {
  type: "object",
  required: ["ready", "reasons"],
  properties: {
    ready: { type: "boolean" },
    reasons: {
      type: "array",
      items: { type: "string" },
      description: "Why it is not, or what it takes no part in.",
    },
  },
} as const;

export const healthSchema: FastifySchema = {
  tags: ["health"],
  summary: "The node in one line. 503 when it is poisoned or stopping.",
  response: { 200: health, 503: health, "4xx": problemResponses["4xx"] },
};

export const livezSchema: FastifySchema = {
  tags: ["health"],
  summary: "503 when only a restart can help.",
  response: { 200: live, 503: live, "4xx": problemResponses["4xx"] },
};

export const readyzSchema: FastifySchema = {
  tags: ["health"],
  summary: "503 with reasons while the node cannot serve every request.",
  response: { 200: ready, 503: ready, "4xx": problemResponses["4xx"] },
};
