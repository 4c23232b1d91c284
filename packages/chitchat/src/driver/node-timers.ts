import { performance } from "node:perf_hooks";
import type { GossipTimers } from "./ports.ts";

/** The clock of this process. */
export const nodeTimers: GossipTimers = {
  monotonicMs: () => performance.now(),
  startTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
