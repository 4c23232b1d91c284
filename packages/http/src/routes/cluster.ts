import type {
  GossipMember,
  GossipService,
  KvService,
  MembershipView,
  NodeStatus,
} from "@caucus/node";
import type { FastifyInstance } from "fastify";
import { gossipStateText } from "../gossip-state.ts";
import { type RouteContext, raftStatus } from "../route-context.ts";
import { clusterSchema, explainSchema, rootSchema } from "../schemas/cluster.ts";

/** Where Swagger UI lives; `/` sends browsers there. */
export const SWAGGER_UI_PREFIX = "/docs";

const LINKS = {
  docs: SWAGGER_UI_PREFIX,
  spec: "/spec",
  cluster: "/api/cluster",
  members: "/members",
  health: "/health",
  ready: "/readyz",
  metrics: "/metrics",
} as const;

export function registerClusterRoutes(
  app: FastifyInstance,
  { config, service }: RouteContext,
): void {
  const { dialects, gossip } = config;
  // Both seeds of gossip have the state at `/`.
  const showsGossip = dialects.includes("gossip-kv") || dialects.includes("service-registry");
  app.get("/api/cluster", { schema: clusterSchema }, async () => clusterState(service, gossip));
  app.get("/api/cluster/explain", { schema: explainSchema }, () => service.explain());
  app.get("/", { schema: rootSchema }, async (request, reply) => {
    reply.header("vary", "Accept");
    if (request.headers.accept?.includes("text/html") === true) {
      return reply.redirect(`${SWAGGER_UI_PREFIX}/`, 302);
    }
    const summary = summaryBody(service.status(), gossip);
    if (gossip === undefined || !showsGossip) return summary;
    const { links, ...raft } = summary;
    return reply
      .type("application/json; charset=utf-8")
      .send(gossipStateText(gossip, { raft, links }));
  });
}

/** Throws `unavailable` where a node takes no part in Raft. */
export function clusterState(service: KvService, gossip: GossipService | undefined): object {
  return {
    ...clusterBody(raftStatus(service), gossip),
    ...membershipBody(service.membership()),
  };
}

interface Summary {
  readonly cluster_id: string | null;
  readonly node_id: number | null;
  readonly leader: number | null;
  readonly members: readonly object[];
  readonly links: typeof LINKS;
}

function summaryBody(status: NodeStatus, gossip: GossipService | undefined): Summary {
  return {
    cluster_id: status.cluster ?? null,
    node_id: labelOf(status),
    leader: status.leader?.label ?? null,
    members: membersBody(status, gossip),
    links: LINKS,
  };
}

/** Null for a node that takes part in gossip only. */
export function labelOf(status: NodeStatus): number | null {
  return status.state === "gossip-only" ? null : status.label;
}

function clusterBody(status: NodeStatus, gossip: GossipService | undefined): object {
  const { leader } = status;
  return {
    cluster_id: status.cluster ?? null,
    node: {
      id: status.label,
      key: status.key,
      api_addr: status.apiAddress,
      rpc_addr: status.rpcAddress,
      version: status.version,
      storage: status.storage,
      state: status.state,
      role: status.role,
    },
    term: status.term,
    leader:
      leader === undefined
        ? null
        : { id: leader.label, api_addr: leader.apiAddress, rpc_addr: leader.rpcAddress },
    members: membersBody(status, gossip),
    joint: status.configuration.outgoing.length > 0,
    configuration_index: status.configurationIndex,
    commit_index: status.commitIndex,
    applied_index: status.appliedIndex,
    last_log_index: status.lastLogIndex,
    compacted_index: status.compactedIndex,
    revision: status.revision,
  };
}

function membershipBody({ decisions, nominees, policy }: MembershipView): object {
  return {
    policy,
    decisions: decisions.map(({ decision, reason, timeMs }) => ({
      time: new Date(timeMs).toISOString(),
      decision,
      reason,
    })),
    nominees: nominees.map(({ key, label, rpcAddress, waitsFor }) => ({
      id: label,
      key,
      rpc_addr: rpcAddress,
      waits_for: waitsFor,
    })),
  };
}

function membersBody(status: NodeStatus, gossip: GossipService | undefined): object[] {
  const gossiping = new Map(gossip?.members().map((node) => [node.key, node]));
  return status.peers.map((peer) => ({
    id: peer.member.label,
    key: peer.member.key,
    api_addr: peer.member.apiAddress,
    rpc_addr: peer.member.rpcAddress,
    role: peer.role,
    is_self: peer.self,
    is_leader: peer.member.key === status.leader?.key,
    progress: peer.progress ?? null,
    match_index: peer.matchIndex ?? null,
    last_contact_ms: peer.lastContactMs === undefined ? null : Math.round(peer.lastContactMs),
    gossip: livenessBody(gossiping.get(peer.member.key)),
  }));
}

function livenessBody(node: GossipMember | undefined): object | null {
  return node === undefined ? null : { live: node.live, left: node.left };
}
