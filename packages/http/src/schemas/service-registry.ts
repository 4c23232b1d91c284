import { SERVICE_KINDS, SERVICE_TYPES } from "@caucus/node";
import type { FastifySchema } from "fastify";
import { dialectTag } from "../dialect-tags.ts";

const answer = {
  type: "object",
  required: ["status", "message"],
  properties: {
    status: { type: "boolean" },
    message: { type: "string", description: "What is wrong and what is allowed." },
  },
} as const;

const answers = {
  "4xx": { description: "Bad input", ...answer },
  "5xx": { description: "Failure", ...answer },
} as const;

const types = SERVICE_KINDS.map(
  ({ description, sharded, type }) => `${type} (${description}${sharded ? "; sharded" : ""})`,
);

export const updateServiceSchema: FastifySchema = {
  tags: [dialectTag("service-registry")],
  summary: "Change the service that this node says it runs.",
  querystring: {
    type: "object",
    additionalProperties: false,
    required: ["service_type", "host"],
    properties: {
      service_type: {
        type: "string",
        description: `One of ${types.join(", ")}.`,
        examples: SERVICE_TYPES,
      },
      host: {
        type: "string",
        description: "host:port where the service is reached.",
        examples: ["127.0.0.1:8080"],
      },
      shard: { type: "string", description: "A whole number; default 0.", examples: ["0"] },
    },
  },
  response: { 200: answer, ...answers },
};

export const seedMembersSchema: FastifySchema = {
  tags: [dialectTag("service-registry")],
  summary: "Every known node with its service, as seed 1 lists them.",
  response: {
    200: {
      type: "object",
      required: ["members"],
      properties: {
        members: {
          type: "array",
          items: {
            type: "object",
            required: ["id", "service"],
            properties: {
              id: { type: "string" },
              service: { type: ["object", "null"], additionalProperties: true },
            },
          },
        },
      },
    },
    ...answers,
  },
};
