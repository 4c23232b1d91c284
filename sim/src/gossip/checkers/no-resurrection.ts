import type { Report } from "../../checkers/checker.ts";
import type { Owners } from "../owners.ts";
import {
  type GossipChecker,
  nameOf,
  type ObservedProcess,
  type ViewChange,
} from "./gossip-checker.ts";

/** What a process has seen of one id. */
interface Seen {
  /** By key, the highest version at which it was deleted. */
  readonly deletions: Map<string, bigint>;
  /** The process has forgotten that node, and maybe come to know it anew. */
  wasForgotten: boolean;
}

/**
 * A key that a node has seen deleted does not become visible there again unless it was set again (G4).
 *
 * The exceptions are the protocol's own, and `onException` is called for each. A node that has forgotten
 * another may come to know it anew from somebody who was away when the key was deleted; it shows the
 * old value until the owner, or whoever knows better, makes it start over. And a node that starts over
 * by more than one datagram is meanwhile below its own last collected version: an answer of such a
 * node that was under way then is news to it.
 */
export function noResurrection(
  report: Report,
  owners: Owners,
  onException: () => void,
): GossipChecker {
  const seen = new Map<ObservedProcess, Map<string, Seen>>();
  return {
    started: (process) => void seen.set(process, new Map()),
    ended: (process) => void seen.delete(process),
    changed(process, change) {
      const { id, before, after } = change;
      const byId = seen.get(process);
      if (byId === undefined || before?.entries === after?.entries) return;
      const ofId = byId.get(id) ?? { deletions: new Map<string, bigint>(), wasForgotten: false };
      byId.set(id, ofId);
      if (after === undefined) {
        ofId.wasForgotten = true;
        return;
      }
      if (!owners.isSingle(id)) return;
      const { deletions, wasForgotten } = ofId;
      for (const [key, version] of shown(change)) {
        const deleted = deletions.get(key) ?? 0n;
        if (version > deleted) continue;
        const isCatchingUp = before !== undefined && before.maxVersion < before.lastGcVersion;
        if (wasForgotten || isCatchingUp) onException();
        else {
          report(
            `node ${process.label} shows ${key} of ${nameOf(id)} at version ${version} again, ` +
              `deleted at ${deleted}`,
          );
        }
      }
      for (const [key, version] of deleted(change)) {
        if (version > (deletions.get(key) ?? 0n)) deletions.set(key, version);
      }
    },
  };
}

/** The versions of the keys that this change made visible. */
function* shown({ before, after }: ViewChange): Generator<[string, bigint]> {
  for (const [key, entry] of after?.entries ?? []) {
    if (entry.status === "delete" || before?.entries.get(key) === entry) continue;
    yield [key, entry.version];
  }
}

/** The versions up to which this change ended keys. A reset ends none: it drops them all. */
function* deleted({ before, after, isReset }: ViewChange): Generator<[string, bigint]> {
  for (const [key, entry] of after?.entries ?? []) {
    if (entry.status === "delete") yield [key, entry.version];
  }
  if (isReset) return;
  for (const [key, entry] of before?.entries ?? []) {
    const isCollected = entry.status === "delete-after-ttl" && after?.entries.has(key) === false;
    if (isCollected) yield [key, entry.version];
  }
}
