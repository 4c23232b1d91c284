import type { KeyStatus } from "@caucus/chitchat";
import type { Report } from "../../checkers/checker.ts";
import { type NodeView, visible } from "../node-view.ts";
import type { GossipChecker, ObservedProcess } from "./gossip-checker.ts";

interface Written {
  readonly value: string;
  readonly status: KeyStatus;
}

/** What a node says of itself is what its program wrote: datagrams change nothing of it (G3). */
export function ownState(report: Report): GossipChecker {
  const models = new Map<ObservedProcess, Map<string, Written>>();
  return {
    started: (process) => void models.set(process, new Map()),
    ended: (process) => void models.delete(process),
    wrote: (process, { key, value, status }) =>
      void models.get(process)?.set(key, { value, status }),
    changed(process, { id, before, after }, cause) {
      if (id !== process.idKey) return;
      const who = `node ${process.label}`;
      if (after === undefined) {
        report(`${who} does not know itself any more`);
        return;
      }
      if (before !== undefined) {
        if (cause === "datagram" && !hasSameKeys(before, after)) {
          report(`${who} let a datagram change its own keys or versions`);
        }
        const beats = after.heartbeat - before.heartbeat;
        if (beats < 0n || beats > 1n) report(`the own heartbeat of ${who} grew by ${beats}`);
      }
      const model = models.get(process) ?? new Map<string, Written>();
      const wrong = disagreement(model, after);
      if (wrong !== undefined) report(`${who} ${wrong}`);
    },
  };
}

function hasSameKeys(before: NodeView, after: NodeView): boolean {
  return (
    before.maxVersion === after.maxVersion &&
    before.lastGcVersion === after.lastGcVersion &&
    before.entries.size === after.entries.size
  );
}

function disagreement(model: Map<string, Written>, view: NodeView): string | undefined {
  for (const [key, { value, status }] of model) {
    // A time to live that is over ends a key without its program.
    if (status === "delete-after-ttl" && !view.entries.has(key)) model.delete(key);
    else if (visible(view, key) !== (status === "delete" ? undefined : value)) {
      return `does not hold its key ${key} as it was written`;
    }
  }
  for (const key of view.entries.keys()) {
    if (visible(view, key) !== undefined && !model.has(key)) return `holds ${key}, never written`;
  }
  return undefined;
}
