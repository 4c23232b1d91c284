import { collectDefaultMetrics, Registry } from "prom-client";
import { gauge } from "./series.ts";

let registry: Registry | undefined;

/**
 * What Node and the system say of the process, under the names that dashboards for Node expect. One
 * for all servers of the process: its watchers of garbage collection and event loop never end.
 */
export function processRegistry(): Registry {
  if (registry !== undefined) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry });
  gauge({ registry, name: "process_uptime_seconds", help: "Time since the process started." }, () =>
    process.uptime(),
  );
  return registry;
}
