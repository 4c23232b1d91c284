import assert from "node:assert/strict";
import { it } from "node:test";
import { openStorage } from "@caucus/storage";
import { temporaryDirectory } from "./child-process.ts";

it("counts writes and bytes, times each fsync, and knows the size of its files", async () => {
  const directory = await temporaryDirectory();
  try {
    const { close, logStore, meter } = await openStorage({ directory: directory.path, label: 1 });
    try {
      assert.ok(meter !== undefined);
      const durations: number[] = [];
      meter.observe((durationMs) => durations.push(durationMs));
      const before = meter.counts();
      const entry = { index: 1, term: 1, kind: "command", data: new Uint8Array(10_000) } as const;
      const hardState = { term: 1, vote: undefined };
      const done = new Promise<void>((resolve, reject) => {
        logStore.write({ hardState, entries: [entry], install: undefined }, (error) =>
          error === undefined ? resolve() : reject(error),
        );
      });
      assert.ok(meter.counts().bytesWaiting >= 10_000);
      await done;
      const after = meter.counts();
      assert.equal(after.syncs - before.syncs, 1);
      assert.equal(after.groups - before.groups, 1);
      assert.ok(after.bytesWritten - before.bytesWritten >= 10_000);
      assert.equal(after.bytesWaiting, 0);
      assert.ok(durations.length === 1 && (durations[0] as number) > 0, String(durations));
      assert.ok((await meter.diskBytes()) >= 10_000);
    } finally {
      await close();
    }
  } finally {
    await directory.remove();
  }
});
