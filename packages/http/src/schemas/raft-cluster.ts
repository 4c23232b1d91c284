// The key routes of seed 3. Fastify checks by these schemas what the document shows; what they
// cannot say (bytes, a value for each set) is checked in dialects/raft-cluster-input.ts.

import type { FastifySchema } from "fastify";
import { dialectTag } from "../dialect-tags.ts";
import { bodyOf } from "./body.ts";
import { timeoutMsSchema } from "./kv.ts";

export const RAFT_CLUSTER_TAG: string = dialectTag("raft-cluster");

const failed = {
  type: "object",
  required: ["error"],
  additionalProperties: false,
  properties: { error: { type: "string", description: "What is wrong, in words." } },
} as const;

/** Whatever goes wrong in this dialect has this one shape. */
export const failedResponses: Readonly<Record<"4xx" | "5xx", object>> = {
  "4xx": { description: "Bad input, or refused in the present state.", ...failed },
  "5xx": {
    description:
      "503: certainly not applied, as where this node is not the leader. 504: it may have been applied.",
    ...failed,
  },
};

const key = { type: "string", description: "1 to 4,096 bytes of UTF-8." } as const;
const value = { type: "string", description: "Up to 1,048,576 bytes of UTF-8." } as const;
const optionalValue = { type: ["string", "null"] } as const;

const encoding = {
  type: "string",
  enum: ["base64"],
  description: "Only where the bytes are not UTF-8.",
} as const;

const writeQuery = {
  type: "object",
  additionalProperties: false,
  properties: {
    timeout_ms: timeoutMsSchema,
    forward: {
      type: "string",
      enum: ["true", "false"],
      description:
        "Whether a follower forwards to the leader. Default true at the root, unless the node was " +
        "started with forward_writes = false; default false under /dialects/raft-cluster.",
    },
  },
} as const;

/** The answer `{success, message}`. */
export const succeeded = {
  type: "object",
  required: ["success", "message"],
  properties: { success: { type: "boolean" }, message: { type: "string" } },
} as const;

function writeSchema(summary: string, body: object, answer: object): FastifySchema {
  return {
    tags: [RAFT_CLUSTER_TAG],
    summary,
    querystring: writeQuery,
    body,
    response: { 200: answer, ...failedResponses },
  };
}

export const getSchema: FastifySchema = {
  tags: [RAFT_CLUSTER_TAG],
  summary: "Read what this node has applied; `value` is null when the key does not exist.",
  querystring: bodyOf(["key"], { key }),
  response: {
    200: {
      type: "object",
      required: ["key", "value"],
      properties: { key: { type: "string" }, value: optionalValue, encoding },
    },
    ...failedResponses,
  },
};

export const setSchema: FastifySchema = writeSchema(
  "Set a key.",
  bodyOf(["key", "value"], { key, value }),
  succeeded,
);

export const removeSchema: FastifySchema = writeSchema(
  "Delete a key; succeeds also when there is none.",
  bodyOf(["key"], { key }),
  succeeded,
);

export const getSetSchema: FastifySchema = writeSchema(
  "Set a key and answer with what it held before, atomically.",
  bodyOf(["key", "value"], { key, value }),
  {
    type: "object",
    required: ["success", "key", "old_value", "new_value"],
    properties: {
      success: { type: "boolean" },
      key: { type: "string" },
      old_value: { ...optionalValue, description: "Null when the key did not exist." },
      old_value_encoding: encoding,
      new_value: { type: "string" },
    },
  },
);

const operations = {
  type: "array",
  items: bodyOf(["op", "key"], {
    op: { type: "string", enum: ["set", "delete"] },
    key,
    value: { ...optionalValue, description: "For set; ignored for delete." },
  }),
} as const;

const LIMITS =
  "At most 1,024 operations and conditions, and 4,194,304 bytes of keys and values together.";

export const batchWriteSchema: FastifySchema = {
  ...writeSchema(
    "Set and delete many keys atomically: all of them or none.",
    bodyOf(["operations"], { operations }),
    succeeded,
  ),
  description: `One entry of the log, one revision. ${LIMITS}`,
};

const conditions = {
  type: "array",
  items: bodyOf(["key", "op"], {
    key,
    op: {
      type: "string",
      enum: [
        "exists",
        "not_exists",
        "equal",
        "not_equal",
        "greater",
        "less",
        "greater_equal",
        "less_equal",
      ],
    },
    value: { ...optionalValue, description: "For comparisons; ignored for the first two." },
  }),
} as const;

export const transactionSchema: FastifySchema = {
  ...writeSchema(
    "Run `if_then` when all conditions hold, else `else_then`; atomically.",
    bodyOf(["conditions", "if_then"], {
      conditions,
      if_then: operations,
      else_then: { ...operations, description: "Default none." },
      return_previous: { type: "boolean", description: "Default false." },
    }),
    {
      type: "object",
      required: ["success", "branch", "prev_values"],
      properties: {
        success: { type: "boolean" },
        branch: { type: "boolean", description: "True when if_then ran." },
        prev_values: {
          type: "array",
          items: optionalValue,
          description:
            "With return_previous: what the key of each operation of that branch held before the " +
            "transaction, in their order; null where it did not exist.",
        },
        prev_values_encodings: {
          type: "array",
          items: { type: ["string", "null"], enum: ["base64", null] },
          description: "For each of prev_values; only when one of them is not UTF-8.",
        },
      },
    },
  ),
  description:
    "Values are compared as unsigned bytes of their UTF-8, the shorter first when one begins with " +
    'the other: "10" is less than "9". A key that does not exist fulfils not_exists and not_equal, ' +
    `and no other condition. No conditions at all hold. ${LIMITS}`,
};

export const prefixSchema: FastifySchema = {
  tags: [RAFT_CLUSTER_TAG],
  summary: "List keys and values by prefix, in byte order, as this node has applied them.",
  description:
    "All of one moment. An answer holds at most 1,000 keys and 4,194,304 bytes; where there are " +
    "more, it is an error, unless `limit` asks for parts: then `more` says whether to go on, with " +
    "the last key as `after`.",
  querystring: bodyOf(["prefix"], {
    prefix: { type: "string", description: "Empty for all keys." },
    limit: { type: "string", description: "1 to 1,000." },
    after: { type: "string", description: "Only keys above this one." },
  }),
  response: {
    200: {
      type: "object",
      required: ["success", "prefix", "count", "items"],
      properties: {
        success: { type: "boolean" },
        prefix: { type: "string" },
        count: { type: "integer" },
        items: {
          type: "array",
          items: {
            type: "object",
            required: ["key", "value"],
            properties: { key: { type: "string" }, value: { type: "string" }, encoding },
          },
        },
        more: { type: "boolean", description: "Only with `limit`." },
      },
    },
    ...failedResponses,
  },
};
