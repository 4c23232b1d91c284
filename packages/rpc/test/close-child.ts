/** Run as a process by server.test.ts: two connected nodes are stopped, then nothing is left. */
import { GrpcClusterCalls } from "../src/grpc-cluster-calls.ts";
import { RecordingHandler } from "../testing/recording-handler.ts";
import { connect, startNode } from "./test-node.ts";

const a = await startNode({ label: 1, handler: new RecordingHandler() });
const b = await startNode({ label: 2, handler: new RecordingHandler() });
await connect(a, b);
const calls = new GrpcClusterCalls();
await calls.identify(a.member.rpcAddress, 2_000);
calls.forward(b.member.rpcAddress, { data: new Uint8Array(1), timeoutMs: 60_000 }, () => {});
await calls.identify(b.member.rpcAddress, 2_000);
calls.close();
await Promise.all([a.stop(), b.stop()]);
