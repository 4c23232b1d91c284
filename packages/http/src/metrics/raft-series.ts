// Consensus: where this node stands, how it gets on with its peers, and how proposals end.

import type { NodeCounts, NodeObserver, NodeStatus, PeerStatus } from "@caucus/node";
import { Histogram, type Registry } from "prom-client";
import {
  counter,
  counterBy,
  DURATION_BUCKETS_SECONDS,
  gauge,
  gaugeBy,
  type Labelled,
  named,
  type SeriesAbout,
} from "./series.ts";

const ROLES: readonly NodeStatus["role"][] = [
  "leader",
  "follower",
  "pre-candidate",
  "candidate",
  "learner",
];

/** `status` is asked many times in one reading. */
export function declareRaftSeries(registry: Registry, status: () => NodeStatus): void {
  const about = named(registry, "caucus_raft");
  gauge(about("term", "Current term."), () => status().term);
  gaugeBy(about("role", "1 for the role that this node has."), "role", () =>
    ROLES.map((role) => [role, status().role === role ? 1 : 0]),
  );
  gauge(about("is_leader", "1 on the leader."), () => (status().role === "leader" ? 1 : 0));
  gauge(about("has_leader", "1 when this node knows a leader."), () =>
    status().leader === undefined ? 0 : 1,
  );
  gaugeBy(about("members", "Members of the cluster, by how they take part."), "role", () => {
    const voters = status().peers.filter(({ role }) => role === "voter").length;
    return [
      ["voter", voters],
      ["learner", status().peers.length - voters],
    ];
  });
  gauge(about("commit_index", "Last entry known to be committed."), () => status().commitIndex);
  gauge(about("applied_index", "Last entry applied here."), () => status().appliedIndex);
  gauge(about("last_log_index", "Last entry of the log."), () => status().lastLogIndex);
  gauge(
    about("compacted_index", "Last entry that has left the log; snapshots stand for it."),
    () => status().compactedIndex,
  );
  gauge(about("log_entries", "Entries in the log."), () => {
    const { compactedIndex, lastLogIndex } = status();
    return lastLogIndex - compactedIndex;
  });
  declarePeerSeries(about, status);
}

function declarePeerSeries(
  about: (name: string, help: string) => SeriesAbout,
  status: () => NodeStatus,
): void {
  const byPeer = (number: (peer: PeerStatus) => number | undefined): Labelled =>
    status().peers.flatMap((peer) => {
      const value = peer.self ? undefined : number(peer);
      return value === undefined ? [] : [[String(peer.member.label), value]];
    });
  gaugeBy(
    about("peer_match_index", "Last entry known to be on a peer; on the leader only."),
    "peer",
    () => byPeer(({ matchIndex }) => matchIndex),
  );
  gaugeBy(
    about("peer_lag_entries", "Entries of the leader's log that a peer is not known to have."),
    "peer",
    () =>
      byPeer(({ matchIndex }) =>
        matchIndex === undefined ? undefined : status().lastLogIndex - matchIndex,
      ),
  );
  gaugeBy(
    about("peer_silence_seconds", "Time since the leader last heard of a peer."),
    "peer",
    () =>
      byPeer(({ lastContactMs }) =>
        lastContactMs === undefined ? undefined : lastContactMs / 1_000,
      ),
  );
}

/** What the node counts itself; the histogram hears of it from now on. */
export function declareRaftCounts(
  registry: Registry,
  counts: () => NodeCounts,
): NodeObserver["committed"] {
  const about = named(registry, "caucus_raft");
  const raft = (): NodeCounts["raft"] => counts().raft;
  counterBy(about("proposals_total", "Proposals made here, by how they ended."), "outcome", () =>
    Object.entries(raft()?.proposals ?? {}),
  );
  counterBy(about("reads_total", "Linearizable reads here, by how they ended."), "outcome", () =>
    Object.entries(raft()?.reads ?? {}),
  );
  const numbers = [
    ["leader_changes_total", "Times that the leader known here became another.", "leaderChanges"],
    ["campaigns_total", "Times that this node began to ask for votes.", "campaigns"],
    ["messages_sent_total", "Messages handed to the transport.", "messagesSent"],
    ["messages_received_total", "Messages received.", "messagesReceived"],
    ["messages_dropped_total", "Received messages that found the inbox full.", "messagesDropped"],
    ["snapshots_sent_total", "Snapshots delivered to followers.", "snapshotsSent"],
    ["snapshots_installed_total", "Received snapshots put in force.", "snapshotsInstalled"],
  ] as const;
  for (const [name, help, field] of numbers) counter(about(name, help), () => raft()?.[field] ?? 0);
  gauge(about("proposals_waiting", "Proposals not yet answered."), () => {
    return raft()?.proposalsWaiting ?? 0;
  });
  gauge(about("reads_waiting", "Linearizable reads not yet answered."), () => {
    return raft()?.readsWaiting ?? 0;
  });
  gaugeBy(
    about("peer_inflight_appends", "Appends sent to a peer and not yet answered."),
    "peer",
    () => (raft()?.inflight ?? []).map(({ appends, label }) => [String(label), appends]),
  );
  const commits = new Histogram({
    name: "caucus_raft_commit_duration_seconds",
    help: "From handing a batch to the leader's disk until all of it is committed.",
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  return (latencyMs) => commits.observe(latencyMs / 1_000);
}
