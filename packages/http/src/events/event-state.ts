import type { GossipService, KvService } from "@caucus/node";
import { clusterState } from "../routes/cluster.ts";

/** Rise with every write or every moment: whoever wants them asks, or reads the metrics. */
const RESTLESS: ReadonlySet<string> = new Set([
  "commit_index",
  "applied_index",
  "last_log_index",
  "compacted_index",
  "revision",
  "progress",
  "match_index",
  "last_contact_ms",
  // A sentence that may count milliseconds.
  "waits_for",
]);

/**
 * The state that clients are told of, as JSON: `cluster` is that of `GET /api/cluster` without what
 * never rests, null for a node without Raft; `gossip` is null for a node that does not gossip.
 */
export function eventState(service: KvService, gossip: GossipService | undefined): string {
  const hasRaft = service.status().state !== "gossip-only";
  const state = {
    cluster: hasRaft ? clusterState(service, gossip) : null,
    gossip: gossip === undefined ? null : gossipBody(gossip),
  };
  return JSON.stringify(state, (field, value: unknown) =>
    RESTLESS.has(field) ? undefined : value,
  );
}

function gossipBody(gossip: GossipService): object {
  const idBody = (id: { node_id: string; gossip_advertise_addr: string }): object => ({
    node_id: id.node_id,
    gossip_addr: id.gossip_advertise_addr,
  });
  return { live: gossip.liveNodes().map(idBody), dead: gossip.deadNodes().map(idBody) };
}
