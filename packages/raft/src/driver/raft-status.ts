import type { Configuration } from "../core/configuration.ts";
import type { LogIndex, MemberKey, Term } from "../core/identity.ts";
import type { PeerProgress } from "../core/raft-view.ts";
import type { RoleKind } from "../core/roles/role.ts";

export interface RaftStatus {
  readonly role: RoleKind;
  readonly term: Term;
  readonly vote: MemberKey | undefined;
  readonly leader: MemberKey | undefined;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly appliedTerm: Term;
  readonly lastIndex: LogIndex;
  readonly compactedIndex: LogIndex;
  readonly compactedTerm: Term;
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
  readonly configurationCommitted: boolean;
  readonly hasCommittedInTerm: boolean;
  readonly transferring: boolean;
  /** Known to a leader only. */
  readonly peers: readonly PeerProgress[];
  readonly poisoned: Error | undefined;
}
