// G12: bytes recorded from the Rust library: each decodes to what it decoded there, and is encoded to the
// same bytes again where the encoding is canonical. Compressed blocks are compared byte by byte too: the
// same zstd at the same level makes them, which no peer relies on.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/core/message.ts";
import { DeltaWriter } from "../src/wire/delta-codec.ts";
import {
  decodeChitchatId,
  decodeDelta,
  decodeDigest,
  decodeMessage,
  encodeChitchatId,
  encodeDelta,
  encodeDigest,
  encodeMessage,
} from "../src/wire.ts";
import { zstd } from "../src/zstd.ts";
import {
  bytesOf,
  type RecordedDelta,
  type RecordedDigest,
  type RecordedId,
  readFixture,
  recordedDelta,
  recordedDigest,
  recordedId,
  recordedOps,
} from "./recorded.ts";

interface Vector {
  readonly name: string;
  readonly kind: "chitchat_id" | "digest" | "delta" | "message" | "malformed" | "lenient";
  readonly hex: string;
  readonly len: number;
  readonly decoded: unknown;
}

interface RecordedMessage {
  readonly "message_type:u8": number;
  readonly digest?: RecordedDigest;
  readonly delta?: RecordedDelta;
  readonly "cluster_id:str16"?: string;
}

interface RecordedInput {
  readonly input_kind: "chitchat_id" | "digest" | "delta" | "message";
  readonly value?: unknown;
}

const DECODERS = {
  chitchat_id: decodeChitchatId,
  digest: decodeDigest,
  delta: decodeDelta,
  message: decodeMessage,
} as const;

function expectedValue(kind: RecordedInput["input_kind"], value: unknown): unknown {
  switch (kind) {
    case "chitchat_id":
      return recordedId(value as RecordedId);
    case "digest":
      return recordedDigest(value as RecordedDigest);
    case "delta":
      return recordedDelta(value as RecordedDelta);
    case "message":
      return recordedMessage(value as RecordedMessage);
  }
}

function recordedMessage(message: RecordedMessage): Message {
  const digest = recordedDigest(message.digest ?? { nodes: [] });
  const delta = recordedDelta(message.delta ?? { ops: [] });
  const clusterId = message["cluster_id:str16"] ?? "";
  const messages: readonly Message[] = [
    { kind: "syn", clusterId, digest },
    { kind: "syn-ack", digest, delta },
    { kind: "ack", delta },
    { kind: "bad-cluster" },
  ];
  return messages[message["message_type:u8"]] as Message;
}

for (const vector of readFixture("vectors") as Vector[]) {
  const { name, kind, decoded } = vector;
  const bytes = bytesOf(vector.hex);
  switch (kind) {
    case "malformed":
      test(`${name} is refused with the decode error`, () => {
        const { input_kind } = decoded as RecordedInput;
        assert.throws(() => DECODERS[input_kind](bytes), { name: "DecodeError" });
      });
      break;
    case "lenient":
      test(`${name} is read although no encoder writes it`, () => {
        const { input_kind, value } = decoded as RecordedInput;
        assert.deepEqual(DECODERS[input_kind](bytes), expectedValue(input_kind, value));
      });
      break;
    default:
      test(`${name} decodes to the recorded value`, () => {
        assert.equal(bytes.length, vector.len);
        assert.deepEqual(DECODERS[kind](bytes), expectedValue(kind, decoded));
      });
      test(`${name} is encoded to the same bytes again`, () => {
        if (kind === "chitchat_id") {
          assert.deepEqual(encodeChitchatId(decodeChitchatId(bytes)), bytes);
        } else if (kind === "digest") {
          assert.deepEqual(encodeDigest(decodeDigest(bytes)), bytes);
        } else if (kind === "delta") {
          assert.deepEqual(encodeDelta(decodeDelta(bytes)), bytes);
        } else {
          assert.deepEqual(encodeMessage(decodeMessage(bytes)), bytes);
        }
      });
  }
  const { encoder } = decoded as RecordedDelta;
  if (kind === "delta" && encoder !== undefined) {
    test(`${name} accepts ${encoder.num_ops_accepted} operations under its limit`, () => {
      const ops = recordedOps(decoded as RecordedDelta);
      assert.equal(ops.length, encoder.num_ops_accepted);
      const writer = new DeltaWriter(encoder.mtu, zstd);
      for (const op of ops) assert.equal(writer.tryAppend(op), true);
      const refused = encoder.first_refused_op;
      if (refused !== undefined) {
        for (const op of recordedOps({ ops: [refused] })) assert.equal(writer.tryAppend(op), false);
      }
      assert.deepEqual(writer.finish(), bytes);
    });
  }
}
