import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSeededRng, nextInteger } from "@caucus/base";
import { type Entry, entryBytes } from "@caucus/raft";
import { EntryCache } from "./entry-cache.ts";
import { LogFrontier } from "./log-frontier.ts";
import { TermRuns } from "./term-runs.ts";

function entry(index: number, term: number): Entry {
  return { index, term, kind: "command", data: new Uint8Array(68) };
}

describe("TermRuns", () => {
  it("agrees with a plain list under appends, truncations, compactions and resets", () => {
    for (let seed = 0; seed < 200; seed++) {
      const rng = createSeededRng(seed);
      const runs = new TermRuns({ index: 0, term: 0 });
      let model = new Map([[0, 0]]);
      let [start, last, term] = [0, 0, 0];
      for (let step = 0; step < 60; step++) {
        const choice = nextInteger(rng, 10);
        if (choice < 7) {
          term = Math.max(term, model.get(last) ?? 0) + (nextInteger(rng, 3) === 0 ? 1 : 0);
          last += 1;
          runs.append(last, term);
          model.set(last, term);
        } else if (choice === 7) {
          const kept = start + nextInteger(rng, last - start + 1);
          for (; last > kept; last--) model.delete(last);
          runs.truncateAfter(kept);
        } else if (choice === 8) {
          const to = start + nextInteger(rng, last - start + 1);
          for (; start < to; start++) model.delete(start);
          runs.compactTo(to);
        } else {
          start = last + nextInteger(rng, 3);
          last = start;
          term += 1;
          model = new Map([[start, term]]);
          runs.reset({ index: start, term });
        }
        for (let index = Math.max(0, start - 2); index <= last + 2; index++) {
          assert.equal(runs.termAt(index), model.get(index), `seed ${seed}, index ${index}`);
        }
        assert.deepEqual(runs.last, { index: last, term: model.get(last) });
      }
    }
  });
});

describe("EntryCache", () => {
  it("keeps what was not written, and never more bytes than allowed beside it", () => {
    const limit = 10 * entryBytes(entry(1, 1));
    for (let seed = 0; seed < 200; seed++) {
      const rng = createSeededRng(seed);
      const cache = new EntryCache(1, limit);
      const model = new Map<number, Entry>();
      const firstOf = new Map<number, number>();
      let [last, write, written] = [0, 0, 0];
      for (let step = 0; step < 60; step++) {
        if (nextInteger(rng, 3) > 0) {
          write += 1;
          const back = nextInteger(rng, 4) === 0 ? nextInteger(rng, last + 1) : 0;
          const first = last - back + 1;
          for (; last >= first; last--) model.delete(last);
          const entries = Array.from({ length: 1 + nextInteger(rng, 5) }, (_, i) =>
            entry(first + i, write),
          );
          for (const each of entries) model.set(each.index, each);
          last = first + entries.length - 1;
          firstOf.set(write, first);
          cache.append(entries, write);
        } else {
          written += nextInteger(rng, write - written + 1);
          cache.written(written);
        }
        for (let index = cache.first; index <= last; index++) {
          assert.equal(cache.get(index), model.get(index), `seed ${seed}, index ${index}`);
        }
        assert.equal(cache.get(cache.first - 1), undefined);
        for (let number = written + 1; number <= write; number++) {
          assert.ok(
            cache.first <= (firstOf.get(number) as number),
            `seed ${seed}: unwritten entry gone`,
          );
        }
        if (written === write) assert.ok(cache.bytes <= limit);
      }
    }
  });
});

describe("LogFrontier", () => {
  const start = (): LogFrontier => {
    const frontier = new LogFrontier({ index: 0, term: 0 }, { term: 0, vote: undefined });
    for (let index = 1; index <= 10; index++) frontier.recover(index, index <= 5 ? 1 : 2);
    return frontier;
  };
  const batch = (parts: object) => ({
    hardState: undefined,
    entries: [],
    install: undefined,
    ...parts,
  });

  it("asserts what a LogStore may rely on", () => {
    const bad: readonly (readonly [RegExp, object])[] = [
      [/entry 12 follows 10/, { entries: [entry(12, 2)] }],
      [/term 1 at 11 follows term 2/, { entries: [entry(11, 1)] }],
      [/entry 13 follows 11/, { entries: [entry(11, 2), entry(13, 2)] }],
    ];
    for (const [says, parts] of bad) {
      assert.throws(() => start().write(batch(parts), undefined), says);
    }
    const compacted = start();
    compacted.compact(6, 2);
    assert.throws(() => compacted.write(batch({ entries: [entry(6, 3)] }), undefined), /compacted/);
    assert.throws(() => start().compact(4, 2), /of term 2, the log holds term 1/);
    const voted = start();
    voted.write(batch({ hardState: { term: 3, vote: undefined } }), undefined);
    assert.throws(
      () => voted.write(batch({ hardState: { term: 2, vote: undefined } }), undefined),
      /term 2 follows 3/,
    );
  });

  it("says what a truncation drops and keeps", () => {
    const write = start().write(batch({ entries: [entry(8, 3)] }), undefined);
    assert.deepEqual([write.dropFrom, write.dropTo], [8, 11]);
    assert.deepEqual(write.fence.keep, { index: 7, term: 2 });
    assert.deepEqual([write.fence.tip.lastIndex, write.fence.tip.lastTerm], [8, 3]);
    const append = start().write(batch({ entries: [entry(11, 3)] }), undefined);
    assert.equal(append.dropFrom, append.dropTo);
    assert.equal(append.fence.keep, undefined);
  });
});
