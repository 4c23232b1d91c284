export type { TransportUnderTest } from "./datagram-conformance.ts";
export { testDatagramTransport } from "./datagram-conformance.ts";
export type { FuzzOptions, FuzzResult } from "./datagram-fuzz.ts";
export { fuzzDatagrams } from "./datagram-fuzz.ts";
export type { NetworkFaults } from "./memory-network.ts";
export { MemoryNetwork } from "./memory-network.ts";
export { VirtualCluster } from "./virtual-cluster.ts";
export { VirtualTime } from "./virtual-time.ts";
