import type { FastifySchema } from "fastify";
import { problemResponses } from "./problem.ts";

const logId = {
  type: ["object", "null"],
  properties: { term: { type: "integer" }, index: { type: "integer" } },
} as const;

const membership = {
  type: "object",
  required: ["learners", "configs", "all_members"],
  properties: {
    learners: { type: "array", items: { type: "integer" } },
    configs: { type: "array", items: { type: "array", items: { type: "integer" } } },
    all_members: { type: "array", items: { type: "integer" } },
  },
} as const;

interface ObjectSchema {
  readonly type: "object";
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}

/** Seed 4's fields. */
export const raftKeyValueMetricsSchema: ObjectSchema = {
  type: "object",
  required: ["id", "state", "current_term", "last_log_index", "membership_config"],
  properties: {
    running_state: { type: "object", additionalProperties: true },
    id: { type: "integer" },
    state: { type: "string" },
    current_term: { type: "integer" },
    last_log_index: { type: "integer" },
    last_applied: logId,
    current_leader: { type: ["integer", "null"] },
    membership_config: {
      type: "object",
      required: ["log_id", "membership"],
      properties: { log_id: logId, membership },
    },
    snapshot: logId,
    leader_metrics: { type: ["object", "null"], additionalProperties: true },
  },
};

/** Seed 3's fields. */
export const raftClusterMetricsSchema: ObjectSchema = {
  type: "object",
  required: ["node_id", "current_term", "last_log_index", "state", "membership"],
  properties: {
    node_id: { type: "integer" },
    current_leader: { type: ["integer", "null"] },
    current_term: { type: "integer" },
    last_applied: logId,
    last_log_index: { type: "integer" },
    state: { type: "string" },
    membership,
  },
};

const rootMetrics = {
  type: "object",
  required: ["Ok", "node_id", "membership", ...raftKeyValueMetricsSchema.required],
  properties: {
    ...raftClusterMetricsSchema.properties,
    ...raftKeyValueMetricsSchema.properties,
    Ok: raftKeyValueMetricsSchema,
  },
} as const;

export const metricsSchema: FastifySchema = {
  tags: ["metrics"],
  summary: "JSON; Prometheus text when the client asks for text/plain or OpenMetrics.",
  response: {
    200: {
      description: "Metrics",
      content: {
        "application/json": { schema: rootMetrics },
        "text/plain": { schema: { type: "string" } },
      },
    },
    ...problemResponses,
  },
};

export const prometheusSchema: FastifySchema = {
  tags: ["metrics"],
  summary: "Prometheus text, whatever the client asks for.",
  response: {
    200: {
      description: "Exposition format 0.0.4",
      content: { "text/plain": { schema: { type: "string" } } },
    },
    ...problemResponses,
  },
};
