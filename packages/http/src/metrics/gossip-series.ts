import type { ChitchatStats, GossipService } from "@caucus/node";
import type { Registry } from "prom-client";
import { counter, gauge, named } from "./series.ts";

const COUNTERS: readonly (readonly [string, string, keyof ChitchatStats])[] = [
  ["rounds_total", "Rounds of gossip begun.", "rounds"],
  ["datagrams_sent_total", "Datagrams sent.", "datagramsSent"],
  [
    "datagrams_unsent_total",
    "Of these, datagrams that the system did not take.",
    "datagramsUnsent",
  ],
  ["datagrams_received_total", "Datagrams received.", "datagramsReceived"],
  [
    "datagrams_dropped_total",
    "Of these, datagrams not looked at: the share of time for gossip was used up.",
    "datagramsDropped",
  ],
  ["datagrams_undecodable_total", "Of these, datagrams that could not be read.", "malformed"],
  ["datagrams_wrong_cluster_total", "Of these, datagrams of another cluster.", "wrongCluster"],
  ["sent_bytes_total", "Bytes in sent datagrams.", "bytesSent"],
  ["received_bytes_total", "Bytes in received datagrams.", "bytesReceived"],
  ["nodes_refused_total", "Times that a new node found no room in the state.", "nodesRefused"],
];

export function declareGossipSeries(registry: Registry, gossip: GossipService): void {
  const about = named(registry, "caucus_gossip");
  gauge(about("live_nodes", "Nodes that are alive, this one included."), () => {
    return gossip.liveNodes().length;
  });
  gauge(
    about("dead_nodes", "Known nodes that are silent, have left, or were not heard yet."),
    () => {
      return gossip.deadNodes().length;
    },
  );
  for (const [name, help, field] of COUNTERS)
    counter(about(name, help), () => gossip.stats()[field]);
}
