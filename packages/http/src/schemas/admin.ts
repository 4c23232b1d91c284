import type { FastifySchema } from "fastify";
import { labelSchema, labelsSchema, policyProperties } from "./cluster.ts";
import { problemResponses } from "./problem.ts";

const done = {
  type: "object",
  required: ["success"],
  properties: { success: { type: "boolean" } },
} as const;

const changed = {
  type: "object",
  required: ["success", "index", "term", "voters", "learners"],
  properties: {
    success: { type: "boolean" },
    index: { type: "integer" },
    term: { type: "integer" },
    voters: { type: "array", items: { type: "integer" } },
    learners: { type: "array", items: { type: "integer" } },
  },
} as const;

const expectedConfigurationIndex = {
  type: "integer",
  minimum: 0,
  description: "Refuse unless this is the configuration in force.",
} as const;

export const initSchema: FastifySchema = {
  tags: ["admin"],
  summary: "Create a cluster with this node as its only voter. No body, or {}.",
  response: { 200: done, ...problemResponses },
};

export const addLearnerSchema: FastifySchema = {
  tags: ["admin"],
  summary: "Add a node that receives the log but does not vote.",
  body: {
    type: "object",
    additionalProperties: false,
    required: ["node_id"],
    properties: {
      node_id: labelSchema,
      rpc_addr: {
        type: "string",
        description: "host:port of Raft; wins over api_addr.",
        examples: ["127.0.0.1:10002"],
      },
      api_addr: {
        type: "string",
        description: "host:port when one port serves both.",
        examples: ["127.0.0.1:10002"],
      },
      wait: { type: "boolean", description: "Answer when it has caught up. Default true." },
    },
  },
  response: { 200: changed, ...problemResponses },
};

export const changeMembershipSchema: FastifySchema = {
  tags: ["admin"],
  summary: "Change the voters to any other set, by joint consensus.",
  body: {
    type: "object",
    additionalProperties: false,
    required: ["members"],
    properties: {
      members: {
        ...labelsSchema,
        description: "Ids of the voters after the change.",
        examples: [[1]],
      },
      retain_dropped: {
        type: "boolean",
        description: "Dropped voters stay as learners. Default false.",
      },
      expected_configuration_index: expectedConfigurationIndex,
    },
  },
  response: { 200: changed, ...problemResponses },
};

export const promoteSchema: FastifySchema = {
  tags: ["admin"],
  summary: "Make a learner a voter, whatever the number of voters then is.",
  body: {
    type: "object",
    additionalProperties: false,
    required: ["node_id"],
    properties: { node_id: labelSchema },
  },
  response: { 200: changed, ...problemResponses },
};

export const removeMemberSchema: FastifySchema = {
  tags: ["admin"],
  summary: "A voter or learner leaves, and stays out until its id is readmitted.",
  body: {
    type: "object",
    additionalProperties: false,
    required: ["node_id"],
    properties: {
      node_id: labelSchema,
      expected_configuration_index: expectedConfigurationIndex,
    },
  },
  response: { 200: changed, ...problemResponses },
};

export const membershipPolicySchema: FastifySchema = {
  tags: ["admin"],
  summary: "Say what automatic membership may do; what is not given stays as it is.",
  body: {
    type: "object",
    additionalProperties: false,
    properties: {
      automatic: policyProperties.automatic,
      readmit: { ...labelsSchema, description: "Ids that automation may act on again." },
    },
  },
  response: {
    200: {
      type: "object",
      required: ["success", "automatic", "paused"],
      properties: { success: { type: "boolean" }, ...policyProperties },
    },
    ...problemResponses,
  },
};

export const transferLeadershipSchema: FastifySchema = {
  tags: ["admin"],
  summary: "Hand leadership to a voter; without node_id the leader chooses.",
  body: {
    type: "object",
    additionalProperties: false,
    properties: { node_id: labelSchema },
  },
  response: { 200: done, ...problemResponses },
};

export const compactSchema: FastifySchema = {
  tags: ["admin"],
  summary: "Compact the log of this node now. No body, or {}.",
  response: {
    200: {
      type: "object",
      required: ["success", "index"],
      properties: {
        success: { type: "boolean" },
        index: { type: "integer", description: "Entries up to here have left the log." },
      },
    },
    ...problemResponses,
  },
};
