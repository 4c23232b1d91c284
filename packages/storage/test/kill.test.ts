import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ProgramLine,
  startProgram,
  temporaryDirectory,
  WRITER_PROGRAM,
} from "./child-process.ts";

const KILLS = 30;
/** A kill comes so long after opening at most, in ms: some before the first batch, most amid them. */
const LIFETIME_MS_MAX = 120;
/** Entries that the batches in flight, which were never reported, may have replaced: 4 times 4. */
const REPLACED_MAX = 16;

it(`S3: after each of ${KILLS} SIGKILLs every acknowledged write is there again`, async (t) => {
  const directory = await temporaryDirectory();
  let acked = { lastIndex: 0, term: 0 };
  let acknowledgements = 0;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const program = startProgram(process.execPath, [WRITER_PROGRAM, directory.path]);
      try {
        // Opening checks the whole log and the state; `failed` comes instead when something is off.
        const opened = await program.line(({ kind }) => kind === "opened" || kind === "failed");
        assertHolds(opened, acked);
        await delay(Math.random() * LIFETIME_MS_MAX);
      } finally {
        program.kill("SIGKILL");
        await program.ended;
      }
      for (const line of program.lines) {
        assert.notEqual(line.kind, "poisoned");
        if (line.kind !== "acked") continue;
        acked = line;
        acknowledgements += 1;
      }
    }
    assert.ok(acknowledgements > KILLS, `only ${acknowledgements} batches were acknowledged`);
    t.diagnostic(`${acknowledgements} batches acknowledged, the last index is ${acked.lastIndex}`);
  } finally {
    await directory.remove();
  }
});

function assertHolds(opened: ProgramLine, acked: { lastIndex: number; term: number }): void {
  assert.ok(opened.kind === "opened", JSON.stringify(opened));
  const { lastIndex, term } = opened;
  const behind = `acknowledged ${JSON.stringify(acked)}, found ${JSON.stringify(opened)}`;
  assert.ok(term >= acked.term, behind);
  // A higher term is that of a batch in flight, which may have replaced the newest entries.
  const floor = term > acked.term ? acked.lastIndex - REPLACED_MAX : acked.lastIndex;
  assert.ok(lastIndex >= floor, behind);
}

it("a program that closes its storage ends by itself", async () => {
  const directory = await temporaryDirectory();
  const program = startProgram(process.execPath, [WRITER_PROGRAM, directory.path, "5"]);
  try {
    assert.equal(await program.ended, 0);
    assert.equal(program.lines.filter(({ kind }) => kind === "acked").length, 5);
  } finally {
    program.kill("SIGKILL");
    await directory.remove();
  }
});
