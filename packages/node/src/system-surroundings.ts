import { randomBytes } from "node:crypto";
import { GrpcNodeRpc } from "./node-rpc.ts";
import type { Surroundings } from "./surroundings.ts";

/** The machine that this process runs on. */
export const SYSTEM_SURROUNDINGS: Surroundings = {
  clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
  rng: { next: () => Math.random() },
  newIdentity: () => randomBytes(16).toString("hex"),
  defer: (turn) => void setImmediate(turn),
  repeat(everyMs, run) {
    const timer = setInterval(run, everyMs);
    return () => clearInterval(timer);
  },
  openRpc: (options) => new GrpcNodeRpc(options),
  gossip: {},
};
