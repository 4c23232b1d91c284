import { difference } from "../node-view.ts";
import { nameOf, type ObservedProcess } from "./gossip-checker.ts";

/**
 * What is still missing until all nodes that run agree: each counts exactly them as live, holds the
 * keys and the max version of each as its owner does (G11), and has forgotten everybody else (G5).
 * Undefined when nothing is.
 */
export function unrest(processes: readonly ObservedProcess[]): string | undefined {
  const ids = new Set(processes.map(({ idKey }) => idKey));
  for (const process of processes) {
    const who = `node ${process.label}`;
    for (const id of ids) {
      if (!process.live.has(id)) return `${who} does not count ${nameOf(id)} as live`;
    }
    for (const owner of processes) {
      const copy = process.views.get(owner.idKey);
      const original = owner.views.get(owner.idKey);
      if (copy === undefined || original === undefined) {
        return `${who} does not know ${nameOf(owner.idKey)}`;
      }
      const different = difference(copy, original);
      if (different !== undefined) return `${who} differs on ${nameOf(owner.idKey)}: ${different}`;
    }
    for (const id of process.views.keys()) {
      if (!ids.has(id)) return `${who} still knows ${nameOf(id)}, which is gone`;
    }
  }
  return undefined;
}
