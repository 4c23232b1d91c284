import type { FastifySchema } from "fastify";
import { problemResponses } from "./problem.ts";

export const eventsSchema: FastifySchema = {
  tags: ["cluster"],
  summary: "The state of the cluster over a WebSocket: at once, and again whenever it changes.",
  description:
    'Each message is JSON: `{"kind": "state", "sequence": 1, "state": {"cluster": …, "gossip": …}}`. ' +
    "`cluster` is what GET /api/cluster answers, without indexes, times and what nominees wait for; null on a node that " +
    "gossips only. `gossip` has the `live` and `dead` nodes; null on a node that does not gossip. " +
    "`sequence` grows by one with each change; a client that reads too slowly misses states, never " +
    "the latest. The server closes with 1001 when it stops, 1008 when the client sends anything, 1013 when " +
    "the client has read nothing for 30 s or there are too many.",
  response: {
    101: { type: "null", description: "A WebSocket from here on." },
    426: { ...problemResponses["4xx"], description: "The request does not ask for a WebSocket." },
    ...problemResponses,
  },
};
