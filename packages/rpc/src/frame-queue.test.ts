import assert from "node:assert/strict";
import { it } from "node:test";
import type { Message } from "@caucus/raft";
import { FrameQueue } from "./frame-queue.ts";

const HEARTBEAT: Message = {
  kind: "heartbeat",
  from: "a",
  to: "b",
  term: 1,
  commit: 0,
  readRound: 0,
};

/** An append that counts as 64 + 32 + `dataBytes`. */
function append(dataBytes: number): Message {
  const entry = { index: 1, term: 1, kind: "command", data: new Uint8Array(dataBytes) } as const;
  const { from, to, term, commit, readRound } = { ...HEARTBEAT, commit: 0, readRound: 0 };
  const previous = { previousIndex: 0, previousTerm: 0 };
  return { kind: "append", from, to, term, commit, readRound, ...previous, entries: [entry] };
}

it("T10: a queue takes messages up to its number and its bytes, and one message of any size", () => {
  const queue = new FrameQueue(3, 500);
  assert.ok(queue.push(append(1_000)));
  assert.equal(queue.push(HEARTBEAT), false);
  assert.equal(queue.takeFrame(1).length, 1);
  for (let count = 0; count < 3; count++) assert.ok(queue.push(HEARTBEAT));
  assert.equal(queue.push(HEARTBEAT), false);
  queue.clear();
  assert.equal(queue.length, 0);
  assert.ok(queue.push(append(204)));
  assert.equal(queue.push(append(105)), false);
  assert.ok(queue.push(append(104)));
});

it("a frame ends with the message that reaches its size", () => {
  const queue = new FrameQueue(10, 10_000);
  for (const dataBytes of [4, 4, 900, 4]) queue.push(append(dataBytes));
  assert.equal(queue.takeFrame(300).length, 3);
  assert.equal(queue.takeFrame(300).length, 1);
  assert.equal(queue.takeFrame(300).length, 0);
});
