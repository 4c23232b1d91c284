import type { GossipMember, GossipService, NodeStatus, PeerStatus } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import type { RouteContext } from "../route-context.ts";
import { membersSchema } from "../schemas/members.ts";

/** Everybody who is known: members by consensus, nodes that gossip, and most often both at once. */
export function registerMemberRoutes(
  app: FastifyInstance,
  { config, service }: RouteContext,
): void {
  app.get("/members", { schema: membersSchema }, async () => ({
    success: true,
    members: membersById(service.status(), config.gossip),
  }));
}

function membersById(
  status: NodeStatus,
  gossip: GossipService | undefined,
): Readonly<Record<string, object>> {
  const members = new Map<string, object>();
  const gossiping = gossip?.members() ?? [];
  const told = new Set<GossipMember>();
  for (const peer of status.peers) {
    const found = gossiping.find(({ key }) => key === peer.member.key);
    if (found !== undefined) told.add(found);
    const id = String(peer.member.label);
    members.set(id, memberBody(id, status, peer, found));
  }
  for (const node of gossiping) {
    if (told.has(node)) continue;
    const id = freeId(members, node);
    members.set(id, memberBody(id, status, undefined, node));
  }
  return Object.fromEntries(members);
}

/** The label of a node that is not yet, or no longer, a member may be that of one. */
function freeId(taken: ReadonlyMap<string, object>, node: GossipMember): string {
  const { gossip_advertise_addr, node_id } = node.id;
  const label = node.label === undefined ? node_id : String(node.label);
  if (!taken.has(label)) return label;
  return taken.has(node_id) ? `${node_id}@${gossip_advertise_addr}` : node_id;
}

function memberBody(
  id: string,
  status: NodeStatus,
  peer: PeerStatus | undefined,
  node: GossipMember | undefined,
): object {
  const service = node?.service;
  return {
    id,
    node_id: peer?.member.label ?? node?.label ?? id,
    endpoint: peer?.member.apiAddress ?? node?.apiAddress ?? null,
    rpc_addr: peer?.member.rpcAddress ?? node?.rpcAddress ?? null,
    role: peer?.role ?? null,
    is_self: peer?.self ?? node?.self ?? false,
    is_leader: peer !== undefined && peer.member.key === status.leader?.key,
    state: gossipState(node),
    live: node?.live ?? null,
    service: service?.type ?? null,
    host: service?.host ?? null,
    shard: service?.shard ?? null,
    gossip_node_id: node?.id.node_id ?? null,
    gossip_addr: node?.id.gossip_advertise_addr ?? null,
    version: node?.version ?? null,
  };
}

function gossipState(node: GossipMember | undefined): "live" | "dead" | "left" | "unknown" {
  if (node === undefined) return "unknown";
  if (node.live) return "live";
  return node.left ? "left" : "dead";
}
