export { LIVENESS_MS_MAX, simulate } from "./simulation.ts";
export type { SimulationRequest, SimulationResult } from "./simulation-kind.ts";
