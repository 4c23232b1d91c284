import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError } from "@caucus/base";
import fc from "fast-check";
import { OPERATIONS_MAX } from "../src/core/command.ts";
import {
  decodeCommand,
  decodeEnvelope,
  encodeCommand,
  encodeEnvelope,
  wrapCommand,
} from "../src/wire/command-codec.ts";
import { NewerFormatError } from "../src/wire/format-version.ts";
import { decodeRecord, encodeRecord } from "../src/wire/record-codec.ts";
import { decodeResult, encodeResult } from "../src/wire/result-codec.ts";
import {
  decodeConfiguration,
  decodeCounters,
  decodeMembershipPolicy,
  decodeNodeAddress,
  decodePosition,
  decodeSession,
  encodeCounters,
  encodeMembershipPolicy,
  encodeSession,
} from "../src/wire/state-codec.ts";
import { anyCommand, anyRecord, anyResult, anySessionTag } from "./arbitraries.ts";

const maybeTag = fc.option(anySessionTag, { nil: undefined });

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  command: decodeCommand,
  envelope: decodeEnvelope,
  result: decodeResult,
  record: decodeRecord,
  counters: decodeCounters,
  position: decodePosition,
  configuration: decodeConfiguration,
  session: decodeSession,
  node: decodeNodeAddress,
  membership: decodeMembershipPolicy,
};

test("K1: commands come back as they were, with and without a session", () => {
  fc.assert(
    fc.property(anyCommand, maybeTag, (command, session) => {
      assert.deepEqual(decodeCommand(encodeCommand(command, session)), { command, session });
    }),
  );
});

test("K1: the leader wraps the forwarded bytes, and that is the envelope", () => {
  fc.assert(
    fc.property(anyCommand, maybeTag, fc.maxSafeNat(), (command, session, leaderTimeMs) => {
      const wrapped = wrapCommand(encodeCommand(command, session), leaderTimeMs);
      assert.deepEqual(wrapped, encodeEnvelope({ command, session, leaderTimeMs }));
      assert.deepEqual(decodeEnvelope(wrapped), { command, session, leaderTimeMs });
    }),
  );
});

test("K1: results, records and sessions come back as they were", () => {
  fc.assert(
    fc.property(anyResult, anyRecord, (result, record) => {
      assert.deepEqual(decodeResult(encodeResult(result)), result);
      assert.deepEqual(decodeRecord(encodeRecord(record)), record);
      const answers = new Map([[3, encodeResult(result)]]);
      const policy = { automatic: true, paused: [2, 9, 2 ** 40] };
      assert.deepEqual(decodeMembershipPolicy(encodeMembershipPolicy(policy)), policy);
      const session = { lastUsedMs: 5, lowestUnanswered: 2, answers };
      assert.deepEqual(decodeSession(encodeSession(session)), session);
    }),
  );
});

test("K2: any bytes are decoded or refused with DecodeError, nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, plausible) => {
      if (plausible && bytes.length > 1) bytes[0] = 1;
      for (const [name, decode] of Object.entries(DECODERS)) onlyDecodeError(name, decode, bytes);
    }),
    { numRuns: 2000 },
  );
});

test("K2: truncated commands and results are refused with DecodeError", () => {
  fc.assert(
    fc.property(anyCommand, maybeTag, anyResult, (command, session, result) => {
      const envelope = encodeEnvelope({ command, session, leaderTimeMs: 1 });
      for (let length = 0; length < envelope.length; length++) {
        assert.throws(() => decodeEnvelope(envelope.subarray(0, length)), DecodeError);
      }
      const encoded = encodeResult(result);
      for (let length = 0; length < encoded.length; length++) {
        if (result.kind === "refused" || encoded.length > 100) continue;
        onlyDecodeError("result", decodeResult, encoded.subarray(0, length));
      }
      assert.throws(() => decodeEnvelope(Uint8Array.of(...envelope, 0)), DecodeError);
    }),
  );
});

test("K2: a count of operations is checked before anything is read", () => {
  const operations = Array.from({ length: OPERATIONS_MAX + 1 }, () => ({
    kind: "delete" as const,
    key: Uint8Array.of(1),
  }));
  assert.throws(() => decodeCommand(encodeCommand({ kind: "batch", operations })), {
    name: "DecodeError",
    message: "1025 operations, allowed are 1024",
  });
  assert.throws(() => decodeCommand(Uint8Array.of(1, 0, 4, 0xff, 0xff, 0xff, 0x7f)), DecodeError);
});

test("K3: a newer format is refused with the number found and the newest known", () => {
  for (const [name, decode] of Object.entries(DECODERS)) {
    assert.throws(
      () => decode(Uint8Array.of(9, 0, 0)),
      (error: unknown) => {
        const newest = name === "command" ? 2 : 1;
        assert.ok(error instanceof NewerFormatError && error instanceof DecodeError, name);
        assert.match(error.message, new RegExp(`format version 9, the newest known is ${newest}$`));
        assert.deepEqual([error.found, error.newest], [9, newest]);
        return true;
      },
    );
    assert.throws(() => decode(Uint8Array.of(0, 0, 0)), /format version 0, the oldest is 1/);
  }
});

test("the bytes of docs/wire/kv.md are the bytes", () => {
  const text = (characters: string): Uint8Array => new TextEncoder().encode(characters);
  const envelope = encodeEnvelope({
    leaderTimeMs: 0x0102,
    session: { session: 300, sequence: 2, lowestUnanswered: 1 },
    command: { kind: "put", key: text("k"), value: text("vv") },
  });
  assert.equal(
    hex(envelope),
    "01 0201000000000000 01 01 ac02 02 01 01 01 6b 02 7676".replaceAll(" ", ""),
  );
  const policy = { automatic: true, pause: [3], readmit: [] };
  assert.equal(
    hex(encodeCommand({ kind: "set-membership-policy", ...policy })),
    "02000a01010300",
    "a command has the lowest format that knows its kind",
  );
  const record = { createRevision: 1, modRevision: 3, version: 2, lease: 0, value: text("v") };
  assert.equal(hex(encodeRecord(record)), "010103020076");
  const done = { kind: "done" as const, revision: 3, count: 1, previous: record };
  assert.equal(hex(encodeResult(done)), "010103010106010103020076");
  const counters = { revision: 3, leaderTimeMs: 128, sessions: 0, sweepAtMs: 0, nodes: 2 };
  assert.equal(hex(encodeCounters(counters)), "01038001000002");
});

function onlyDecodeError(
  name: string,
  decode: (bytes: Uint8Array) => unknown,
  bytes: Uint8Array,
): void {
  try {
    decode(bytes);
  } catch (error) {
    assert.ok(error instanceof DecodeError, `${name} threw ${error}`);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
