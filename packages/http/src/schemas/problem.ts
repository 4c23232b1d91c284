import { PROBLEM_TYPE } from "../problem.ts";

const problem = {
  type: "object",
  required: ["type", "title", "status", "detail", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What is wrong and what is allowed." },
    code: { type: "string" },
    outcome: {
      type: "string",
      enum: ["not_applied", "unknown"],
      description: "Failed writes only: whether the write can have taken effect.",
    },
    leader: { type: "integer", description: "Id of the leader, where one is known." },
  },
} as const;

/** The answers that any route can give when something is wrong. */
export const problemResponses: Readonly<Record<"4xx" | "5xx", object>> = {
  "4xx": { description: "Bad input", content: { [PROBLEM_TYPE]: { schema: problem } } },
  "5xx": { description: "Failure", content: { [PROBLEM_TYPE]: { schema: problem } } },
};
