export type { SimulationRequest, SimulationResult } from "./simulation.ts";
export { LIVENESS_MS_MAX, simulate } from "./simulation.ts";
