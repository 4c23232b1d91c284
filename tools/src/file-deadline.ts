// Preloaded into the process of each test file by run-tests: ends it when it does not end itself.
// Node: the runner's own timeout counts per file up to version 22, per test from version 24.
import { isMainThread } from "node:worker_threads";

const DEADLINE = "CAUCUS_TEST_FILE_DEADLINE_MS";
const OUTER_OPTIONS = "CAUCUS_TEST_OUTER_NODE_OPTIONS";

const deadlineMs = Number(process.env[DEADLINE]);
if (isMainThread && deadlineMs > 0) {
  // Processes that a test starts must not inherit the deadline.
  process.env["NODE_OPTIONS"] = process.env[OUTER_OPTIONS] ?? "";
  delete process.env[DEADLINE];
  delete process.env[OUTER_OPTIONS];
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`test file did not end within ${deadlineMs} ms; still open: ${open}\n`);
    process.exit(1);
  }, deadlineMs).unref();
}
