import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StorageWrite } from "../write.ts";
import { RocksWriter } from "./rocks-writer.ts";
import type { WriteRequest, WriterRequest } from "./writer-protocol.ts";

const META = {
  memberKey: "0123456789abcdef0123456789abcdef",
  hardState: { term: 0, vote: undefined },
  compacted: { index: 0, term: 0 },
  generation: 1,
};

const STATE: StorageWrite = { kind: "state", generation: 1, changes: [] };
const SYNCED: StorageWrite = { kind: "generation-seal", generation: 2 };

function newWriter(): {
  writer: RocksWriter;
  posted: WriterRequest[];
  calls: string[];
  append: (name: string, write: StorageWrite) => void;
} {
  const posted: WriterRequest[] = [];
  const calls: string[] = [];
  const writer = new RocksWriter(META, (error) => void calls.push(`poisoned: ${error.message}`));
  writer.connect({ post: (request) => void posted.push(request) });
  const append = (name: string, write: StorageWrite): void => {
    writer.append(
      write,
      (error) => void calls.push(`${name} ${error === undefined ? "durable" : "failed"}`),
      (error) => void calls.push(`${name} ${error === undefined ? "written" : "not written"}`),
    );
  };
  return { writer, posted, calls, append };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("RocksWriter", () => {
  it("hands over the writes of one turn together", async () => {
    const { posted, append } = newWriter();
    append("a", STATE);
    append("b", SYNCED);
    append("c", STATE);
    await turn();
    append("d", STATE);
    await turn();
    const requests = posted as WriteRequest[];
    assert.deepEqual(
      requests.map(({ last, synced }) => [last, synced]),
      [
        [3, true],
        [4, false],
      ],
    );
  });

  it("S2: reports in order, unsynced writes as durable only with a synced one behind them", async () => {
    const { writer, calls, append } = newWriter();
    append("a", STATE);
    await turn();
    append("b", STATE);
    append("c", SYNCED);
    await turn();
    writer.receive({ kind: "written", last: 1, durable: false, durationMs: 0 });
    assert.deepEqual(calls.splice(0), ["a written"]);
    writer.receive({ kind: "written", last: 3, durable: true, durationMs: 0 });
    assert.deepEqual(calls, ["b written", "c written", "a durable", "b durable", "c durable"]);
  });

  it("S9: gives the error of a failed write to it, to all that wait, and to all that come", async () => {
    const { writer, posted, calls, append } = newWriter();
    append("a", STATE);
    await turn();
    writer.receive({ kind: "written", last: 1, durable: false, durationMs: 0 });
    append("b", SYNCED);
    await turn();
    append("c", STATE);
    writer.receive({ kind: "failed", message: "no space" });
    await turn();
    assert.deepEqual(calls.splice(0), [
      "a written",
      "poisoned: storage failed: no space",
      "a failed",
      "b not written",
      "b failed",
      "c not written",
      "c failed",
    ]);
    append("d", SYNCED);
    assert.deepEqual(calls, []);
    await turn();
    assert.deepEqual(calls, ["d not written", "d failed"]);
    writer.receive({ kind: "failed", message: "again" });
    assert.equal(calls.length, 2);
    assert.equal(posted.length, 2);
  });
});
