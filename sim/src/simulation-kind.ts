import type { Violation } from "./checkers/violation.ts";
import type { Mutant } from "./mutants/mutant.ts";

export interface SimulationRequest {
  readonly seed: number;
  /** Scheduler events of the safety phase. */
  readonly steps: number;
  /** Takes the lines of a readable trace. */
  readonly print?: (line: string) => void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly steps: number;
  /** Virtual time from healing to rest. */
  readonly restMs: number;
  /** The most that {@link restMs} may be. */
  readonly restMsMax: number;
  readonly traceHash: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** One of the things that are simulated. */
export interface SimulationKind {
  readonly name: "raft" | "gossip" | "nodes";
  /** Everything that a run counts, with what a hundred seeds must show at least. */
  readonly floors: Readonly<Record<string, number>>;
  readonly mutants: readonly Mutant[];
  readonly simulate: (request: SimulationRequest) => SimulationResult | Promise<SimulationResult>;
}
