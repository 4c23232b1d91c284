export { MemoryNetwork } from "./memory-transport.ts";
export type { StartPair, TransportPair } from "./peer-transport-conformance.ts";
export { testPeerTransport } from "./peer-transport-conformance.ts";
export { RecordingHandler, RecordingReceiver } from "./recording-handler.ts";
