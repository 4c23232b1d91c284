import type { NodeStatus } from "@caucus/node";

/** The text exposition format of Prometheus, version 0.0.4. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface ProcessFacts {
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly uptimeSeconds: number;
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function prometheusText(status: NodeStatus, facts: ProcessFacts): string {
  const peers = status.peers.filter((peer) => !peer.self);
  return [
    gauge("caucus_info", "Version and storage of the node.", [
      { labels: { version: status.version, storage: status.storage }, value: 1 },
    ]),
    gauge("caucus_raft_term", "Current Raft term.", [{ value: status.term }]),
    gauge("caucus_raft_is_leader", "1 on the leader.", [
      { value: status.role === "leader" ? 1 : 0 },
    ]),
    gauge("caucus_raft_has_leader", "1 when the node knows a leader.", [
      { value: status.leader === undefined ? 0 : 1 },
    ]),
    gauge("caucus_raft_commit_index", "Last committed entry.", [{ value: status.commitIndex }]),
    gauge("caucus_raft_applied_index", "Last applied entry.", [{ value: status.appliedIndex }]),
    gauge("caucus_raft_last_log_index", "Last entry of the log.", [{ value: status.lastLogIndex }]),
    gauge("caucus_raft_compacted_index", "Last entry that has left the log.", [
      { value: status.compactedIndex },
    ]),
    gauge(
      "caucus_raft_peer_match_index",
      "Last entry known to be on a peer; on the leader only.",
      peers.flatMap(({ member, matchIndex }) =>
        matchIndex === undefined
          ? []
          : [{ labels: { peer: String(member.label) }, value: matchIndex }],
      ),
    ),
    gauge("caucus_kv_revision", "Revision of the store.", [{ value: status.revision }]),
    gauge("process_resident_memory_bytes", "Resident memory.", [{ value: facts.residentBytes }]),
    gauge("nodejs_heap_size_used_bytes", "JavaScript heap in use.", [
      { value: facts.heapUsedBytes },
    ]),
    gauge("process_uptime_seconds", "Time since the process started.", [
      { value: facts.uptimeSeconds },
    ]),
  ].join("");
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
}

function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  if (labels === undefined) return "";
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
