import { MemoryNetwork } from "../testing/memory-transport.ts";
import { testPeerTransport } from "../testing/peer-transport-conformance.ts";
import { CLUSTER, connect, keyOf, startNode } from "./test-node.ts";

testPeerTransport("gRPC", async (aHandler, bHandler) => {
  const a = await startNode({ label: 1, handler: aHandler });
  const b = await startNode({ label: 2, handler: bHandler });
  await connect(a, b);
  return {
    cluster: CLUSTER,
    aKey: a.member.key,
    bKey: b.member.key,
    a: a.transport,
    b: b.transport,
    stop: async () => {
      await Promise.all([a.stop(), b.stop()]);
    },
  };
});

testPeerTransport("memory", async (aHandler, bHandler) => {
  const network = new MemoryNetwork(CLUSTER);
  const a = network.attach(keyOf(1), aHandler);
  const b = network.attach(keyOf(2), bHandler);
  return { cluster: CLUSTER, aKey: keyOf(1), bKey: keyOf(2), a, b, stop: async () => {} };
});
