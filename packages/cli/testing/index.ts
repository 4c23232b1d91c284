export type { ProcessEnd } from "./caucus-process.ts";
export { freePorts } from "./free-ports.ts";
export {
  type Answer,
  type AskOptions,
  ask,
  type ClusterView,
  clusterView,
  type Endpoint,
  type FoundRecord,
  notReadyReasons,
  readConsistent,
  readLocal,
  write,
} from "./node-api.ts";
export { type NodePlace, NodeProcess } from "./node-process.ts";
export {
  type FurtherNode,
  ProcessCluster,
  type ProcessClusterOptions,
  withCluster,
} from "./process-cluster.ts";
export { haveVoters, votersOf } from "./voters.ts";
