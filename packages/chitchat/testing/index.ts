export type { TransportUnderTest } from "./datagram-conformance.ts";
export { testDatagramTransport } from "./datagram-conformance.ts";
export type { NetworkFaults } from "./memory-network.ts";
export { MemoryNetwork } from "./memory-network.ts";
export { VirtualTime } from "./virtual-time.ts";
