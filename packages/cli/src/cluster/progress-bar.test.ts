import assert from "node:assert/strict";
import { it } from "node:test";
import { createProgressBar } from "./progress-bar.ts";

function bar(isTTY: boolean): {
  readonly at: (nowMs: number, done: number) => string;
  readonly end: () => string;
} {
  let written = "";
  let nowMs = 0;
  const sink = { isTTY, write: (text: string) => (written += text) };
  const shown = createProgressBar({ sink, nowMs: () => nowMs });
  const taken = (): string => {
    const text = written;
    written = "";
    return text;
  };
  return {
    at(ms, done): string {
      nowMs = ms;
      shown.update(done, 3, `${done} of 3`);
      return taken();
    },
    end(): string {
      shown.end();
      return taken();
    },
  };
}

it("a progress bar comes after a second, on a terminal, and goes away", () => {
  const { at, end } = bar(true);
  assert.equal(at(999, 1), "");
  assert.equal(at(1_000, 1), "\r[########----------------] 33 % 1 of 3\u001b[K");
  assert.equal(at(1_100, 1), "", "nothing new");
  assert.equal(at(1_200, 3), "\r[########################] 100 % 3 of 3\u001b[K");
  assert.equal(end(), "\r\u001b[K");
  assert.equal(end(), "");
});

it("there is no progress bar in a pipe, and none for what was quick", () => {
  const pipe = bar(false);
  assert.equal(pipe.at(5_000, 1) + pipe.end(), "");
  const quick = bar(true);
  assert.equal(quick.at(500, 1) + quick.end(), "");
});
