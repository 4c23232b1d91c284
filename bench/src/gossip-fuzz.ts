/**
 * A million damaged datagrams for the decoder, and a tenth of that for a whole node. Ends with an
 * error when anything but the decode error is thrown.
 */
import { assert, createSeededRng } from "@caucus/base";
import { CHITCHAT_DEFAULTS, GossipNode, zstd } from "@caucus/chitchat";
import { fuzzDatagrams } from "@caucus/chitchat/testing";
import { decodeMessage } from "@caucus/chitchat/wire";
import type { BenchRow } from "./bench-row.ts";
import { printTable } from "./gossip-statistics.ts";

const DECODED = 1_000_000;
const HANDLED = 100_000;

export async function benchGossipFuzz(): Promise<readonly BenchRow[]> {
  const datagrams = realDatagrams();
  const nowMs = (): number => performance.now();
  const rss = process.memoryUsage().rss;
  const decoder = fuzzDatagrams({
    datagrams,
    count: DECODED,
    rng: createSeededRng(1),
    decode: decodeMessage,
    nowMs,
  });
  const node = nodeOf("target", 9);
  let at = 0;
  const handler = fuzzDatagrams({
    datagrams,
    count: HANDLED,
    rng: createSeededRng(2),
    decode(bytes) {
      const outcome = node.handle(bytes, at++);
      if ("datagram" in outcome) assert((outcome.datagram?.length ?? 0) <= 65_507, "too long");
      node.takeEvents();
      if (at % 1_000 !== 0) return;
      node.beginRound([], at);
      node.endRound(at);
    },
    nowMs,
  });
  const grown = (process.memoryUsage().rss - rss) / 1_048_576;
  const rowOf = (name: string, count: number, { decoded, refused, slowestMs }: typeof decoder) => [
    name,
    String(count),
    String(decoded),
    String(refused),
    slowestMs.toFixed(1),
  ];
  printTable(
    ["damaged datagrams", "count", "accepted", "refused", "slowest ms"],
    [
      rowOf("decoder", DECODED, decoder),
      // The node answers a refusal with an outcome, so all of them come back.
      rowOf("whole node", HANDLED, handler),
    ],
  );
  console.log(
    `\nmemory grew by ${grown.toFixed(0)} MB; nodes known at the end: ${node.cluster.size}`,
  );
  return [];
}

function nodeOf(nodeId: string, port: number): GossipNode {
  return new GossipNode({
    id: { nodeId, generationId: 1n, gossipAdvertiseAddress: { host: "127.0.0.1", port } },
    clusterId: "c",
    config: CHITCHAT_DEFAULTS,
    compression: zstd,
    rng: createSeededRng(port),
  });
}

/** Every message of some handshakes, small and of several blocks. */
function realDatagrams(): Uint8Array[] {
  const [a, b] = [nodeOf("a", 1), nodeOf("b", 2)];
  for (let key = 0; key < 40; key++) a.keys.set(`key-${key}`, "value ".repeat(key), 0);
  b.keys.set("only", "one", 0);
  const datagrams: Uint8Array[] = [];
  for (const [from, to] of [
    [a, b],
    [b, a],
    [a, b],
  ] as const) {
    let datagram: Uint8Array | undefined = from.syn(0);
    for (let target = to; datagram !== undefined; target = target === to ? from : to) {
      datagrams.push(datagram.slice());
      const outcome = target.handle(datagram, 0);
      datagram = "datagram" in outcome ? outcome.datagram : undefined;
    }
    a.keys.delete("key-7", 0);
    a.keys.setWithTtl("key-8", "soon gone", 0);
  }
  return datagrams;
}
