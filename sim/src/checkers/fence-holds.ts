import type { Checker, Report } from "./checker.ts";

/**
 * S4: A disk that forgot fsynced log records or its vote does not start, any other one does (the
 * fence of storage).
 */
export function fenceHolds(report: Report): Checker {
  return {
    started(node, forgot) {
      if (forgot) report(`node ${node.label} started on a disk that had forgotten fsynced records`);
    },
    refused(label, forgot, message) {
      if (!forgot) report(`node ${label} does not start, but its disk is whole: ${message}`);
    },
  };
}
