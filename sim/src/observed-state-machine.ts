import type { CommandResult, KeyRecord } from "@caucus/kv";
import type { StateMachine } from "@caucus/raft";
import type { ObservedNode } from "./checkers/checker.ts";
import type { CheckerSuite } from "./checkers/suite.ts";

/** The same state machine; the checkers see what it applies and which snapshots it opens. */
export function observeStateMachine(
  inner: StateMachine,
  node: ObservedNode,
  suite: CheckerSuite,
): StateMachine {
  return {
    opened: inner.opened,
    apply(entries) {
      const results = inner.apply(entries);
      entries.forEach((applied, at) => {
        suite.applied(node, applied, resultText(results[at] as CommandResult | undefined));
      });
      return results;
    },
    durableIndex: () => inner.durableIndex(),
    openSnapshot() {
      const source = inner.openSnapshot();
      suite.snapshotOpened(node, source.meta);
      return source;
    },
    receiveSnapshot: (meta) => inner.receiveSnapshot(meta),
    installed: (meta) => inner.installed(meta),
  };
}

/** Short, and different for different answers. */
function resultText(result: CommandResult | undefined): string {
  if (result === undefined) return "";
  switch (result.kind) {
    case "done":
      return `done ${result.revision} ${result.count} ${recordText(result.previous)}`;
    case "compare-and-set":
      return `cas ${result.revision} ${result.succeeded} ${recordText(result.current)}`;
    case "session":
      return `session ${result.revision} ${result.session}`;
    case "refused":
      return `refused ${result.reason}`;
    case "transaction":
      return `transaction ${result.revision} ${result.succeeded}`;
  }
}

function recordText(record: KeyRecord | undefined): string {
  if (record === undefined) return "";
  return `${record.createRevision}/${record.modRevision}/${record.version}`;
}
