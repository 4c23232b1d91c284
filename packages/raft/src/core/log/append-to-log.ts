import { decodeConfiguration } from "../../wire/configuration-codec.ts";
import type { Entry } from "../entry.ts";
import type { RaftState } from "../raft-state.ts";

/** Appends, and takes every configuration among the entries in force (Raft §6). */
export function appendToLog(raft: RaftState, entries: readonly Entry[]): void {
  const first = entries[0];
  if (first === undefined) return;
  if (first.index <= raft.log.lastIndex) {
    raft.configurations.truncateFrom(first.index);
    raft.durability.truncatedFrom(first.index);
  }
  raft.log.append(entries);
  for (const entry of entries) {
    if (entry.kind !== "configuration") continue;
    const configuration = decodeConfiguration(entry.data);
    raft.configurations.append({ index: entry.index, configuration });
  }
}
