import type { FastifySchema } from "fastify";
import { problemResponses } from "./problem.ts";

export const LIST_LIMIT_DEFAULT = 100;
export const LIST_LIMIT_MAX = 1_000;

const key = {
  type: "string",
  description: "1 to 4,096 bytes of UTF-8.",
  examples: ["hello"],
} as const;
export const timeoutMsSchema: object = {
  type: "string",
  description: "Milliseconds, 1 to 60,000; default 5,000.",
  examples: ["1000"],
};

const writeQuery = {
  type: "object",
  additionalProperties: false,
  properties: {
    timeout_ms: timeoutMsSchema,
    forward: {
      type: "string",
      enum: ["true", "false"],
      description: "false: fail with not_leader on a follower instead of forwarding.",
    },
  },
} as const;

const written = {
  type: "object",
  description: "Committed and applied.",
  required: ["success", "revision", "index", "term"],
  properties: {
    success: { type: "boolean" },
    revision: { type: "integer", description: "Of the whole store; rises by one per write." },
    index: { type: "integer", description: "Place in the Raft log." },
    term: { type: "integer" },
  },
} as const;

const record = {
  type: "object",
  description: "The record; `value` is null when the key does not exist.",
  required: ["key", "value", "encoding", "create_revision", "mod_revision", "version"],
  properties: {
    key: { type: "string" },
    value: { type: ["string", "null"] },
    encoding: {
      type: "string",
      enum: ["utf-8", "base64"],
      description: "How `value` holds the bytes: base64 only where they are not UTF-8.",
    },
    create_revision: { type: "integer", description: "0 when missing." },
    mod_revision: { type: "integer", description: "0 when missing." },
    version: { type: "integer", description: "Writes since creation; 0 when missing." },
  },
} as const;

export const writeSchema: FastifySchema = {
  tags: ["keys"],
  summary: "Set a key. Works on any node.",
  querystring: writeQuery,
  body: {
    type: "object",
    additionalProperties: false,
    required: ["key", "value"],
    properties: {
      key,
      value: { type: "string", description: "Up to 1,048,576 bytes." },
      encoding: {
        type: "string",
        enum: ["utf-8", "base64"],
        description: "How `value` holds the bytes; default utf-8.",
      },
    },
  },
  response: { 200: written, ...problemResponses },
};

export const deleteSchema: FastifySchema = {
  tags: ["keys"],
  summary: "Delete a key. Works on any node.",
  querystring: writeQuery,
  body: {
    type: "object",
    additionalProperties: false,
    required: ["key"],
    properties: { key },
  },
  response: {
    200: {
      ...written,
      required: [...written.required, "deleted"],
      properties: {
        ...written.properties,
        deleted: { type: "integer", description: "1, or 0 when the key did not exist." },
      },
    },
    ...problemResponses,
  },
};

const READ_SUMMARY = {
  local: "Read what this node has applied. Never waits; may be behind.",
  linearizable: "Read a value that is at least as new as every write acknowledged before.",
} as const;

type Consistency = keyof typeof READ_SUMMARY;

function readSchema(consistency: Consistency): FastifySchema {
  return {
    tags: ["keys"],
    summary: READ_SUMMARY[consistency],
    response: { 200: record, ...problemResponses },
  };
}

/** The key is what follows in the path; it may contain slashes, raw or as %2F. */
export function readPathSchema(consistency: Consistency): FastifySchema {
  return {
    ...readSchema(consistency),
    params: { type: "object", properties: { "*": key } },
    querystring: {
      type: "object",
      additionalProperties: false,
      properties: {
        timeout_ms: timeoutMsSchema,
        key: { ...key, description: "Instead of the path." },
      },
    },
  };
}

/** For keys such as `.` and `..`, which HTTP clients remove from a path. */
export function readQuerySchema(consistency: Consistency): FastifySchema {
  return {
    ...readSchema(consistency),
    querystring: {
      type: "object",
      additionalProperties: false,
      required: ["key"],
      properties: { key, timeout_ms: timeoutMsSchema },
    },
  };
}

export function readBodySchema(consistency: Consistency): FastifySchema {
  return {
    ...readSchema(consistency),
    querystring: {
      type: "object",
      additionalProperties: false,
      properties: { timeout_ms: timeoutMsSchema },
    },
    body: { type: "object", additionalProperties: false, required: ["key"], properties: { key } },
  };
}

/** The records of many keys, page by page. */
export const listSchema: FastifySchema = {
  tags: ["keys"],
  summary: "List records in byte order of their keys, linearizable unless told otherwise.",
  description:
    "A page ends at `limit` records or 4 MiB. When `more` is true, ask again with `after`, the last key of this page.",
  querystring: {
    type: "object",
    additionalProperties: false,
    properties: {
      prefix: { type: "string", description: "What the keys start with; default all keys." },
      after: { type: "string", description: "Only keys behind this one, which need not exist." },
      limit: {
        type: "string",
        description: `1 to ${LIST_LIMIT_MAX} records; default ${LIST_LIMIT_DEFAULT}.`,
      },
      consistency: {
        type: "string",
        enum: ["linearizable", "local"],
        description: "Default linearizable; local never waits and may be behind.",
      },
      timeout_ms: timeoutMsSchema,
    },
  },
  response: {
    200: {
      type: "object",
      required: ["entries", "more"],
      properties: {
        entries: { type: "array", items: record },
        more: { type: "boolean", description: "Whether there are further keys." },
      },
    },
    ...problemResponses,
  },
};
