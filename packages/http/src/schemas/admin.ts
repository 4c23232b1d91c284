import type { FastifySchema } from "fastify";
import { bodyOf } from "./body.ts";
import { labelSchema, labelsSchema, policyProperties } from "./cluster.ts";
import { problemResponses } from "./problem.ts";

function adminSchema(summary: string, answer: object, body?: object): FastifySchema {
  return {
    tags: ["admin"],
    summary,
    ...(body === undefined ? {} : { body }),
    response: { 200: answer, ...problemResponses },
  };
}

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

export const initSchema: FastifySchema = adminSchema(
  "Create a cluster with this node as its only voter. No body, or {}.",
  done,
);

export const addLearnerSchema: FastifySchema = adminSchema(
  "Add a node that receives the log but does not vote.",
  changed,
  bodyOf(["node_id"], {
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
  }),
);

export const changeMembershipSchema: FastifySchema = adminSchema(
  "Change the voters to any other set, by joint consensus.",
  changed,
  bodyOf(["members"], {
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
  }),
);

export const promoteSchema: FastifySchema = adminSchema(
  "Make a learner a voter, whatever the number of voters then is.",
  changed,
  bodyOf(["node_id"], { node_id: labelSchema }),
);

export const removeMemberSchema: FastifySchema = adminSchema(
  "A voter or learner leaves, and stays out until its id is readmitted.",
  changed,
  bodyOf(["node_id"], {
    node_id: labelSchema,
    expected_configuration_index: expectedConfigurationIndex,
  }),
);

export const membershipPolicySchema: FastifySchema = adminSchema(
  "Say what automatic membership may do; what is not given stays as it is.",
  {
    type: "object",
    required: ["success", "automatic", "paused"],
    properties: { success: { type: "boolean" }, ...policyProperties },
  },
  bodyOf([], {
    automatic: policyProperties.automatic,
    readmit: { ...labelsSchema, description: "Ids that automation may act on again." },
  }),
);

export const transferLeadershipSchema: FastifySchema = adminSchema(
  "Hand leadership to a voter; without node_id the leader chooses.",
  done,
  bodyOf([], { node_id: labelSchema }),
);

export const compactSchema: FastifySchema = adminSchema(
  "Compact the log of this node now. No body, or {}.",
  {
    type: "object",
    required: ["success", "index"],
    properties: {
      success: { type: "boolean" },
      index: { type: "integer", description: "Entries up to here have left the log." },
    },
  },
);
