import type { MemberKey } from "@caucus/raft";
import type { Operation, SeenRecord } from "../client-history.ts";

/** A read of one node's own state, without asking anybody. */
export interface LocalRead {
  readonly client: number;
  readonly node: MemberKey;
  /** With the key: one process. */
  readonly startCounter: number;
  readonly key: string;
  readonly record: SeenRecord;
  readonly revision: number;
}

/** What all nodes hold in the end, by key of the clients. */
export type FinalState = ReadonlyMap<string, SeenRecord>;

/** One property of what clients see. Every method is optional. */
export interface ClientChecker {
  invoked?(operation: Operation): void;
  /** `operation.output` is set. */
  answered?(operation: Operation): void;
  /** It was certainly not applied, says the node. */
  withdrawn?(operation: Operation): void;
  locallyRead?(read: LocalRead): void;
  ended?(operations: readonly Operation[], state: FinalState): void;
}

/** The records that an answer shows. */
export function seenRecords(operation: Operation): readonly SeenRecord[] {
  const { output } = operation;
  switch (output?.kind) {
    case "get":
      return [output.record];
    case "get-and-set":
      return [output.previous];
    case "compare-and-set":
      return [output.current];
    default:
      return [];
  }
}

/** Revision that an acknowledged write made; undefined when it wrote nothing. */
export function writtenRevision(operation: Operation): number | undefined {
  const { output } = operation;
  switch (output?.kind) {
    case "put":
    case "get-and-set":
      return output.revision;
    case "delete":
      return output.count > 0 ? output.revision : undefined;
    case "compare-and-set":
      return output.succeeded ? output.revision : undefined;
    default:
      return undefined;
  }
}
