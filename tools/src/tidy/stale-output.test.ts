import assert from "node:assert/strict";
import { test } from "node:test";
import { Repository } from "./repository.ts";
import { staleFiles, staleOutput } from "./stale-output.ts";

test("compiled files whose source is gone are stale, the others are not", () => {
  const repository = Repository.of({
    "packages/raft/src/log.ts": "",
    "packages/raft/dist/src/log.js": "",
    "packages/raft/dist/src/log.d.ts": "",
    "packages/raft/dist/src/log.js.map": "",
    "packages/raft/dist/src/renamed.js": "",
    "packages/raft/dist/src/renamed.d.ts.map": "",
    "packages/raft/dist/tsconfig.tsbuildinfo": "",
    "packages/rpc/dist/peer.proto": "",
  });
  const stale = ["packages/raft/dist/src/renamed.js", "packages/raft/dist/src/renamed.d.ts.map"];
  assert.deepEqual(staleFiles(repository), stale);
  assert.deepEqual(
    staleOutput(repository).map((problem) => problem.path),
    stale,
  );
});
