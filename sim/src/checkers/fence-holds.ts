import type { Checker, Report } from "./checker.ts";

/** A disk that forgot fsynced log records or its vote must not start (the fence of storage). */
export function fenceHolds(report: Report): Checker {
  return {
    started(node, forgot) {
      if (forgot) report(`node ${node.label} started on a disk that had forgotten fsynced records`);
    },
  };
}
