import { currentRevision, type StateReader } from "@caucus/kv";
import {
  type ClusterId,
  EMPTY_CONFIGURATION,
  isLearner,
  isVoter,
  type Member,
  type MemberKey,
  type RaftStatus,
} from "@caucus/raft";
import type { NodeRole, NodeStatus, PeerStatus, Readiness } from "./kv-service.ts";

/** Where a node is in its life. */
export type NodeState = NodeStatus["state"];

/** What status and readiness are made of. */
export interface NodeView {
  readonly self: Member;
  readonly cluster: ClusterId | undefined;
  readonly version: string;
  readonly storage: "rocksdb" | "memory";
  readonly state: NodeState;
  /** Undefined while the node belongs to no cluster. */
  readonly raft: RaftStatus | undefined;
  readonly leader: Member | undefined;
  readonly reader: StateReader;
  /** Why there is no cluster yet. */
  readonly waitsFor: string;
  /** What this node still asks of its cluster, or was refused; undefined when nothing. */
  readonly openRequest: string | undefined;
  /** Sentence about another cluster in sight. */
  readonly otherCluster: string | undefined;
  readonly poison: Error | undefined;
}

/** Entries that are known to be committed and not yet applied here; beyond it a node lags. */
const LAG_ENTRIES_MAX = 1_000;

export function nodeStatus(view: NodeView): NodeStatus {
  const { raft, self } = view;
  const compactedIndex = raft?.compactedIndex ?? 0;
  return {
    label: self.label,
    key: self.key,
    cluster: view.cluster,
    apiAddress: self.apiAddress,
    rpcAddress: self.rpcAddress,
    version: view.version,
    storage: view.storage,
    state: view.state,
    role: roleOf(raft, self.key),
    term: raft?.term ?? 0,
    leader: view.leader,
    commitIndex: raft?.commitIndex ?? 0,
    appliedIndex: raft?.appliedIndex ?? 0,
    appliedTerm: raft?.appliedTerm ?? 0,
    lastLogIndex: raft?.lastIndex ?? 0,
    compactedIndex,
    snapshot:
      compactedIndex === 0 ? undefined : { index: compactedIndex, term: raft?.compactedTerm ?? 0 },
    configuration: raft?.configuration ?? EMPTY_CONFIGURATION,
    configurationIndex: raft?.configurationIndex ?? 0,
    peers: raft === undefined ? [] : peersOf(raft, self.key),
    revision: currentRevision(view.reader),
  };
}

/** N19: ready only when nothing at all speaks against it; each reason is a sentence. */
export function nodeReadiness(view: NodeView): Readiness {
  const reasons = reasonsOf(view);
  return { ready: reasons.length === 0, reasons };
}

function reasonsOf(view: NodeView): string[] {
  const { raft, self } = view;
  if (view.poison !== undefined) {
    return [`poisoned: ${view.poison.message}; nothing is acknowledged until a restart`];
  }
  if (view.state === "stopping") return ["stopping"];
  const reasons = [view.openRequest, view.otherCluster].filter((reason) => reason !== undefined);
  if (raft === undefined) return [...reasons, `waiting for a cluster: ${view.waitsFor}`];
  const { configuration } = raft;
  if (configuration.removed.includes(self.key)) {
    reasons.push("removed from the cluster; its key never returns");
  } else if (!isVoter(configuration, self.key) && !isLearner(configuration, self.key)) {
    reasons.push("not a member as far as this node's log goes");
  }
  if (view.leader === undefined) reasons.push("no leader is known");
  const lag = raft.commitIndex - raft.appliedIndex;
  if (lag > LAG_ENTRIES_MAX) reasons.push(`lagging: ${lag} committed entries are not yet applied`);
  return reasons;
}

function roleOf(raft: RaftStatus | undefined, self: MemberKey): NodeRole {
  if (raft === undefined) return "follower";
  return isLearner(raft.configuration, self) ? "learner" : raft.role;
}

function peersOf(raft: RaftStatus, self: MemberKey): readonly PeerStatus[] {
  return raft.configuration.members.map((member) => {
    const progress = raft.peers.find((peer) => peer.key === member.key);
    return {
      member,
      role: isVoter(raft.configuration, member.key) ? "voter" : "learner",
      self: member.key === self,
      progress: progress?.progress,
      matchIndex: progress?.matchIndex,
      lastContactMs: progress?.lastContactMs,
    };
  });
}
