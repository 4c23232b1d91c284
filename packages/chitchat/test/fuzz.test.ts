// A share of the fuzzing that `npm run bench gossip-fuzz` does at length.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng } from "@caucus/base";
import { CHITCHAT_DEFAULTS } from "../src/core/chitchat-config.ts";
import { GossipNode } from "../src/core/gossip-node.ts";
import { decodeChitchatId, decodeDelta, decodeDigest, decodeMessage } from "../src/wire.ts";
import { zstd } from "../src/zstd.ts";
import { fuzzDatagrams } from "../testing/datagram-fuzz.ts";
import { bytesOf, readFixture } from "./recorded.ts";

interface Vector {
  readonly kind: string;
  readonly hex: string;
  readonly decoded: { readonly input_kind?: string };
}

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  chitchat_id: decodeChitchatId,
  digest: decodeDigest,
  delta: decodeDelta,
  message: decodeMessage,
};

const vectors = readFixture("vectors") as Vector[];

function datagramsOf(kind: string): Uint8Array[] {
  return vectors
    .filter(({ kind: own, decoded }) => own === kind || decoded.input_kind === kind)
    .map(({ hex }) => bytesOf(hex))
    .filter(({ length }) => length < 4_000);
}

for (const [kind, decode] of Object.entries(DECODERS)) {
  test(`G9: 20,000 damaged encodings of a ${kind} give a value or the decode error`, () => {
    const result = fuzzDatagrams({
      datagrams: datagramsOf(kind),
      count: 20_000,
      rng: createSeededRng(kind.length),
      decode,
      nowMs: () => performance.now(),
    });
    assert.ok(result.refused > 0 && result.decoded > 0);
    assert.ok(result.slowestMs < 1_000, `${result.slowestMs} ms for one`);
  });
}

test("G9: a node that is fed 20,000 damaged messages goes on, with sendable answers", () => {
  const node = new GossipNode({
    id: { nodeId: "n", generationId: 1n, gossipAdvertiseAddress: { host: "127.0.0.1", port: 1 } },
    clusterId: "default-cluster",
    config: CHITCHAT_DEFAULTS,
    compression: zstd,
    rng: createSeededRng(1),
  });
  let nowMs = 0;
  fuzzDatagrams({
    datagrams: datagramsOf("message"),
    count: 20_000,
    rng: createSeededRng(9),
    nowMs: () => performance.now(),
    decode(bytes) {
      const outcome = node.handle(bytes, nowMs++);
      if ("datagram" in outcome) assert.ok((outcome.datagram as Uint8Array).length <= 65_507);
      node.takeEvents();
    },
  });
  node.beginRound([], nowMs);
  node.endRound(nowMs);
  assert.ok(node.syn(nowMs).length <= 65_507);
});

test("G9: a datagram that expands without end is read up to its bound", () => {
  const block = zstd.compress(new Uint8Array(65_535));
  assert.ok(block !== undefined);
  const header = Uint8Array.of(0x53, 0xb0, 0, 2);
  const blocks: number[] = [];
  while (blocks.length < 65_000) {
    blocks.push(1, block.length & 0xff, block.length >> 8, ...block);
  }
  const bomb = Uint8Array.from([...header, ...blocks, 0]);
  const before = process.memoryUsage().rss;
  assert.throws(() => decodeMessage(bomb), { name: "DecodeError" });
  const grownBytes = process.memoryUsage().rss - before;
  assert.ok(grownBytes < 100 * 1024 * 1024, `${grownBytes} bytes`);
});
