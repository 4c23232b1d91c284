// The state of the gossip cluster as seeds 0 and 1 answer it: Chitchat's own JSON, and beside it
// what their texts show, each key as its value and `generation` beside `generation_id`.

import type { GossipService, IdSnapshot, NodeStateSnapshot } from "@caucus/node";
import { stringifySnapshot } from "@caucus/node";

/** Fields of `cluster_state` that no key may replace. */
const STATE_FIELDS: ReadonlySet<string> = new Set(["node_states", "seed_addrs"]);

/** JSON text, because generations and versions are 64-bit numbers. `more` are further fields. */
export function gossipStateText(gossip: GossipService, more: object = {}): string {
  const { cluster_id, cluster_state, live_nodes, dead_nodes } = gossip.snapshot();
  const { node_states, seed_addrs } = cluster_state;
  const state = {
    cluster_id,
    // The fields of Chitchat come last, so that none of the keys is in their place.
    cluster_state: { ...visibleKeys(node_states, gossip.self), node_states, seed_addrs },
    live_nodes: live_nodes.map(withGeneration),
    dead_nodes: dead_nodes.map(withGeneration),
    ...more,
  };
  return stringifySnapshot(state);
}

function withGeneration({ node_id, generation_id, gossip_advertise_addr }: IdSnapshot): IdSnapshot {
  const id = { node_id, generation: generation_id, generation_id, gossip_advertise_addr };
  return id;
}

/** Each key once: the value of this node, else that of the lowest node id. */
function visibleKeys(
  states: readonly NodeStateSnapshot[],
  self: IdSnapshot,
): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  // Ascending ids: of the lives of one node, the latest is the one that counts.
  const latest = new Map<string, NodeStateSnapshot>();
  for (const state of states) latest.set(state.chitchat_id.node_id, state);
  const own = states.find(({ chitchat_id }) => isSame(chitchat_id, self));
  if (own !== undefined) latest.set(self.node_id, own);
  for (const state of own === undefined ? latest.values() : [own, ...latest.values()]) {
    for (const [key, { status, value }] of Object.entries(state.key_values)) {
      if (status === "Delete" || STATE_FIELDS.has(key) || values.has(key)) continue;
      values.set(key, value);
    }
  }
  return Object.fromEntries(values);
}

function isSame(a: IdSnapshot, b: IdSnapshot): boolean {
  return (
    a.node_id === b.node_id &&
    a.generation_id === b.generation_id &&
    a.gossip_advertise_addr === b.gossip_advertise_addr
  );
}
