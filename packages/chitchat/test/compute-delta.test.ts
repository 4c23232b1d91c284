import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng, nextInteger } from "@caucus/base";
import { computeDelta } from "../src/core/compute-delta.ts";
import { NodeState } from "../src/core/node-state.ts";
import { decodeDelta } from "../src/wire.ts";
import { zstd } from "../src/zstd.ts";

const ROOM = 65_503;

/** UTF-8 that zstd can't shorten: one and two bytes per character, in a mix that uses all bytes alike. */
function noise(characters: number, seed: number): string {
  const rng = createSeededRng(seed);
  const codes = Array.from({ length: characters }, () =>
    rng.next() < 0.75 ? nextInteger(rng, 128) : 128 + nextInteger(rng, 1_920),
  );
  return String.fromCharCode(...codes);
}

function stateWith(values: readonly string[]): NodeState {
  const gossipAdvertiseAddress = { host: "127.0.0.1", port: 1 };
  const state = new NodeState({ nodeId: "n", generationId: 1n, gossipAdvertiseAddress });
  for (const [at, value] of values.entries()) {
    state.put(`k${at}`, { value, version: BigInt(at + 1), status: "set", sinceMs: 0 });
  }
  return state;
}

function deltaOf(state: NodeState, bytesMax: number): Uint8Array {
  const request = { states: [state], digest: [], acceptBytesMax: 65_506, bytesMax };
  return computeDelta({ ...request, allowNonAsciiKeys: true }, zstd, createSeededRng(1));
}

test("G1: operations that were accepted are taken back when the delta gets too long after all", () => {
  const fillers = Array.from({ length: 52 }, (_, at) => noise(1_000, at + 1));
  let tooLong = 0;
  for (let length = 350; length < 750; length++) {
    const state = stateWith([...fillers, noise(length, 99), noise(length, 98)]);
    const whole = deltaOf(state, Number.POSITIVE_INFINITY);
    if (whole.length <= ROOM) continue;
    tooLong++;
    const cut = deltaOf(state, ROOM);
    assert.ok(cut.length <= ROOM, `${cut.length} bytes`);
    const [kept] = decodeDelta(cut);
    const [all] = decodeDelta(whole);
    assert.deepEqual(kept?.keyValues, all?.keyValues.slice(0, kept?.keyValues.length));
    assert.ok((kept?.keyValues.length ?? 0) >= (all?.keyValues.length ?? 0) - 1);
    if (tooLong === 2) break;
  }
  assert.ok(tooLong > 0, "no case was too long, so this test shows nothing");
});

test("a value that no datagram holds ends the delta of its node, as it does in the Rust library", () => {
  for (const value of ["z".repeat(65_500), "z".repeat(70_000), "\u20ac".repeat(30_000)]) {
    const [node] = decodeDelta(deltaOf(stateWith(["first", value, "last"]), ROOM));
    assert.deepEqual(
      node?.keyValues.map(({ key }) => key),
      ["k0"],
    );
  }
});

test("G4: a peer that catches up after a reset hears nothing from a state that is older than it", () => {
  const state = stateWith(["deleted since", "2", "3"]);
  const answer = (lastGcVersion: bigint): number => {
    const digest = [{ id: state.id, heartbeat: 1n, lastGcVersion, maxVersion: 0n }];
    const request = { states: [state], digest, acceptBytesMax: ROOM, bytesMax: ROOM };
    const delta = computeDelta({ ...request, allowNonAsciiKeys: true }, zstd, createSeededRng(1));
    return decodeDelta(delta).length;
  };
  assert.equal(answer(3n), 1, "it knows of all that was collected there");
  assert.equal(answer(4n), 0, "of version 4 it knows nothing");
});
