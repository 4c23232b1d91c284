import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteReader, ByteWriter, DecodeError, InvariantViolation } from "@caucus/base";
import fc from "fast-check";
import {
  configuration,
  entry,
  frame,
  snapshotHeader,
  snapshotMeta,
} from "../../test/wire-arbitraries.ts";
import { EMPTY_CONFIGURATION, MEMBERS_MAX } from "../core/configuration.ts";
import type { Append, Message, MessageKind } from "../core/message.ts";
import { decodeConfiguration, encodeConfiguration } from "./configuration-codec.ts";
import { readEntry, writeEntry } from "./entry-codec.ts";
import { decodeMessages, encodeMessages, type FrameHeader } from "./message-codec.ts";
import {
  decodeSnapshotHeader,
  decodeSnapshotMeta,
  encodeSnapshotHeader,
  encodeSnapshotMeta,
} from "./snapshot-codec.ts";

const HEADER: FrameHeader = { cluster: "c".repeat(32), from: "a".repeat(32), to: "b".repeat(32) };

function append(entries: Append["entries"]): Append {
  const { from, to } = HEADER;
  return {
    kind: "append",
    from,
    to,
    term: 7,
    previousIndex: 4,
    previousTerm: 6,
    commit: 3,
    readRound: 2,
    entries,
  };
}

function command(index: number, dataBytes: number): Append["entries"][number] {
  return { index, term: 7, kind: "command", data: new Uint8Array(dataBytes).fill(index) };
}

function messagesOf(bytes: Uint8Array, header: FrameHeader): readonly Message[] {
  const decoded = decodeMessages(bytes, header);
  assert.equal(decoded.kind, "messages");
  return decoded.kind === "messages" ? decoded.messages : [];
}

/** Each decoder with some valid bytes for it. */
const FORMATS: readonly {
  readonly name: string;
  readonly valid: fc.Arbitrary<Uint8Array>;
  decode(bytes: Uint8Array): unknown;
}[] = [
  {
    name: "configuration",
    valid: configuration.map(encodeConfiguration),
    decode: decodeConfiguration,
  },
  {
    name: "snapshot meta",
    valid: snapshotMeta.map(encodeSnapshotMeta),
    decode: decodeSnapshotMeta,
  },
  {
    name: "snapshot header",
    valid: snapshotHeader.map(encodeSnapshotHeader),
    decode: decodeSnapshotHeader,
  },
  {
    name: "entry",
    valid: entry.map((value) => {
      const writer = new ByteWriter();
      writeEntry(writer, value);
      return writer.finish();
    }),
    decode: (bytes) => {
      const reader = new ByteReader(bytes);
      const value = readEntry(reader);
      reader.end();
      return value;
    },
  },
  {
    name: "frame",
    valid: frame.map(({ messages }) =>
      encodeMessages(
        HEADER,
        messages.map((message) => ({ ...message, from: HEADER.from, to: HEADER.to })),
      ),
    ),
    decode: (bytes) => decodeMessages(bytes, HEADER),
  },
];

/** Decoding gives a value or throws DecodeError; anything else is a defect. */
function decodesOrRefuses(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (thrown) {
    if (!(thrown instanceof DecodeError)) throw thrown;
  }
}

describe("round trips", () => {
  it("every configuration, snapshot meta, snapshot header and entry comes back as it was", () => {
    fc.assert(
      fc.property(configuration, snapshotMeta, snapshotHeader, entry, (a, b, c, d) => {
        assert.deepEqual(decodeConfiguration(encodeConfiguration(a)), a);
        assert.deepEqual(decodeSnapshotMeta(encodeSnapshotMeta(b)), b);
        assert.deepEqual(decodeSnapshotHeader(encodeSnapshotHeader(c)), c);
        const writer = new ByteWriter();
        writeEntry(writer, d);
        assert.deepEqual(readEntry(new ByteReader(writer.finish())), d);
      }),
    );
  });

  it("every kind of message comes back as it was", () => {
    const seen = new Set<MessageKind>();
    fc.assert(
      fc.property(frame, ({ header, messages }) => {
        for (const message of messages) seen.add(message.kind);
        assert.deepEqual(messagesOf(encodeMessages(header, messages), header), messages);
      }),
      { numRuns: 500 },
    );
    assert.equal(seen.size, 11, "a kind was never generated");
  });
});

describe("damaged and newer bytes", () => {
  for (const { name, valid, decode } of FORMATS) {
    it(`a cut ${name} is refused at every length`, () => {
      fc.assert(
        fc.property(
          valid,
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          (bytes, part) => {
            const cut = bytes.subarray(0, Math.floor(bytes.length * part));
            assert.throws(() => decode(cut), DecodeError);
          },
        ),
      );
    });

    it(`a damaged ${name} and random bytes throw nothing but DecodeError`, () => {
      const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(valid, damage, fc.uint8Array({ maxLength: 200 }), (bytes, hits, random) => {
          const damaged = bytes.slice();
          for (const [at, value] of hits) damaged[at % damaged.length] = value;
          decodesOrRefuses(decode, damaged);
          decodesOrRefuses(decode, random);
          decodesOrRefuses(decode, Uint8Array.of(1, ...random));
        }),
        { numRuns: 300 },
      );
    });

    it(`a newer ${name} and bytes after the end are refused`, () => {
      fc.assert(
        fc.property(valid, (bytes) => {
          assert.throws(() => decode(Uint8Array.of(2, ...bytes.subarray(1))), {
            name: "DecodeError",
            message: /format version 2, supported is 1/,
          });
          assert.throws(() => decode(Uint8Array.of(...bytes, 0)), DecodeError);
        }),
        { numRuns: 20 },
      );
    });
  }
});

describe("limits and memory of decoded values", () => {
  it("too many members, long addresses and label 0 are refused before they are read", () => {
    const crowd = new ByteWriter();
    crowd.u8(1);
    crowd.varint(MEMBERS_MAX + 1);
    crowd.raw(new Uint8Array(10_000));
    assert.throws(() => decodeConfiguration(crowd.finish()), /65 members, allowed are 64/);
    const member = { key: "a".repeat(32), label: 1, rpcAddress: "x".repeat(255), apiAddress: "" };
    const bytes = encodeConfiguration({ ...EMPTY_CONFIGURATION, members: [member] });
    // Version, count and key stand before the label, which is one byte here.
    const unlabelled = bytes.slice();
    unlabelled[18] = 0;
    assert.throws(() => decodeConfiguration(unlabelled), /label is 0/);
    const tooLong = { ...member, rpcAddress: "x".repeat(256) };
    assert.throws(
      () => encodeConfiguration({ ...EMPTY_CONFIGURATION, members: [tooLong] }),
      InvariantViolation,
    );
  });

  it("a frame of another cluster or key is reported by its header and not read further", () => {
    const bytes = encodeMessages(HEADER, [append([command(5, 3)])]);
    const cut = bytes.subarray(0, 49);
    for (const field of ["cluster", "from", "to"] as const) {
      const expected = { ...HEADER, [field]: "d".repeat(32) };
      assert.deepEqual(decodeMessages(cut, expected), { kind: "misdirected", header: HEADER });
    }
  });

  it("entries with a gap are refused", () => {
    const bytes = encodeMessages(HEADER, [append([command(5, 3), command(7, 3)])]);
    assert.throws(() => decodeMessages(bytes, HEADER), /entry 7 stands where 6 belongs/);
  });

  it("entries share the frame's memory when they fill it, and leave a large buffer otherwise", () => {
    const full = encodeMessages(HEADER, [append([command(5, 4_000)])]).slice();
    const roomy = new Uint8Array(64 * 1024);
    const small = encodeMessages(HEADER, [append([command(5, 100), command(6, 50)])]);
    roomy.set(small, 1_000);
    const shared = messagesOf(full, HEADER)[0] as Append;
    assert.equal(shared.entries[0]?.data.buffer, full.buffer);
    const copied = messagesOf(roomy.subarray(1_000, 1_000 + small.length), HEADER)[0] as Append;
    assert.equal(copied.entries[0]?.data.buffer.byteLength, 150);
    assert.deepEqual(copied.entries, [command(5, 100), command(6, 50)]);
  });
});
