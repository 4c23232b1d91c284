/**
 * What a node does that belongs to no cluster and is bound to nothing (docs/decisions/0006 and
 * 0015). Pure: it looks at one view and names the next step; `Bootstrap` takes it.
 *
 * N17: of nodes that list each other only the one with the lowest address asks, and only when every
 * listed node is there. N29: of nodes that expect each other only the one with the lowest label
 * asks, and for exactly as many as are expected. N30: no node creates a cluster by rule 3 or 4 while
 * gossip shows one, be its members alive or not. N18: with two clusters in sight a node joins neither.
 */
import type { ClusterId, Member, MemberKey } from "@caucus/raft";
import type { Identity } from "@caucus/rpc";
import { compareAddresses, lowestAddress } from "../address-order.ts";

/** What an address answered; undefined when it did not. */
export interface Sighting {
  readonly address: string;
  readonly identity: Identity | undefined;
}

/** What gossip tells of a node, and what that node itself answered at its address. */
export interface GossipSighting extends Sighting {
  readonly key: MemberKey;
  /** The cluster that it says it belongs to. */
  readonly cluster: ClusterId | undefined;
}

export interface BootstrapRules {
  readonly join: readonly string[];
  readonly bootstrap: boolean;
  readonly bootstrapExpect: number | undefined;
  readonly gossipLookMs: number;
}

export interface BootstrapView {
  readonly self: Member;
  readonly rules: BootstrapRules;
  /** The addresses of `join`, without the own. */
  readonly listed: readonly Sighting[];
  /** Live nodes of the gossip cluster that have a label, without the own. */
  readonly gossiped: readonly GossipSighting[];
  /** Every cluster that gossip knows of, those of dead members included. */
  readonly shownClusters: readonly ClusterId[];
  /**
   * How long gossip has been listened to, or has shown no two living clusters; infinite when there is
   * none.
   */
  readonly lookedMs: number;
}

export type BootstrapStep =
  | {
      readonly kind: "wait";
      readonly reason: string;
      /** It is to create a cluster of so many voters, once the others are there. */
      readonly creates?: number;
    }
  | {
      readonly kind: "join";
      readonly cluster: ClusterId;
      readonly addresses: readonly string[];
      /** By gossip: nobody listed the cluster. */
      readonly nominated: boolean;
    }
  /** Create a cluster of exactly these, this node among them, when all have promised. */
  | { readonly kind: "ask"; readonly members: readonly Member[]; readonly automatic: boolean };

export function judgeBootstrap(view: BootstrapView): BootstrapStep {
  const { gossiped, listed, rules } = view;
  // Whom gossip has only just shown, or shows again after a restart, is not yet known to live.
  const early = view.lookedMs < rules.gossipLookMs ? view.shownClusters : [];
  const inSight = new Set([...livingClusters(view), ...early]);
  if (inSight.size > 1) {
    return wait(`two clusters are in sight (${[...inSight].join(", ")}); it joins neither`);
  }
  const [cluster] = inSight;
  const listedMembers = listed.filter(({ identity }) => identity?.cluster !== undefined);
  if (cluster !== undefined && listedMembers.length > 0) {
    const addresses = listedMembers.map(({ address }) => address);
    return { kind: "join", cluster, addresses, nominated: false };
  }
  const isByList = rules.bootstrapExpect === undefined && !rules.bootstrap;
  if (isByList && rules.join.length > 0) return judgeListed(view);
  if (cluster !== undefined) return judgeNomination(cluster, gossiped);
  if (rules.bootstrap || rules.bootstrapExpect !== undefined) return judgeCreation(view);
  return wait("it belongs to no cluster: initialize it, or let a member add it");
}

/** Clusters of which a member answers, or lives in gossip. */
export function livingClusters({
  gossiped,
  listed,
}: Pick<BootstrapView, "gossiped" | "listed">): ReadonlySet<ClusterId> {
  const answered = [...listed, ...gossiped].flatMap(({ identity }) => identity?.cluster ?? []);
  return new Set([...answered, ...gossiped.flatMap(({ cluster }) => cluster ?? [])]);
}

/** N31: gossip only nominates: a member counts when it says so itself, under the key it gossips. */
function judgeNomination(cluster: ClusterId, gossiped: readonly GossipSighting[]): BootstrapStep {
  const members = gossiped.filter(
    ({ identity, key }) => identity?.cluster === cluster && identity.member.key === key,
  );
  if (members.length === 0) {
    return wait(`gossip shows cluster ${cluster}, but none of its members answers for it`);
  }
  const addresses = members.map(({ address }) => address);
  return { kind: "join", cluster, addresses, nominated: true };
}

/** Rules 3 and 4. */
function judgeCreation(view: BootstrapView): BootstrapStep {
  const { lookedMs, rules, self, shownClusters } = view;
  const objection = objectionToCreation(shownClusters, lookedMs, rules.gossipLookMs);
  if (objection !== undefined) return wait(objection);
  if (rules.bootstrapExpect === undefined) return { kind: "ask", members: [self], automatic: true };
  return judgeExpected(view, rules.bootstrapExpect);
}

/** N30: why no cluster is created by rule 3 or 4 now. */
export function objectionToCreation(
  shownClusters: readonly ClusterId[],
  lookedMs: number,
  gossipLookMs: number,
): string | undefined {
  const [shown] = shownClusters;
  if (shown !== undefined) {
    return `gossip has shown cluster ${shown}, of which no member answers; it creates no other`;
  }
  if (lookedMs >= gossipLookMs) return undefined;
  return `it looks for a cluster by gossip for ${gossipLookMs} ms before it creates one`;
}

function judgeExpected({ gossiped, listed, self }: BootstrapView, expected: number): BootstrapStep {
  const found = new Map<MemberKey, Member>([[self.key, self]]);
  for (const { identity } of listed) if (identity) found.set(identity.member.key, identity.member);
  for (const { identity, key } of gossiped) {
    if (identity?.member.key === key) found.set(key, identity.member);
  }
  const members = [...found.values()].sort((a, b) => a.label - b.label);
  const twice = members.find((member, place) => members[place + 1]?.label === member.label);
  if (twice !== undefined) return wait(`label ${twice.label} is used by two nodes`);
  const [lowest] = members;
  if (members.length < expected || lowest === undefined) {
    const labels = members.map(({ label }) => label).join(", ");
    return wait(`${members.length} of the ${expected} expected nodes are here: ${labels}`);
  }
  if (lowest.key !== self.key) {
    return wait(
      `node ${lowest.label}, the lowest label, must create the cluster and invite this node`,
    );
  }
  return { kind: "ask", members: members.slice(0, expected), automatic: true };
}

/** Rule 2: no listed node belongs to a cluster. */
function judgeListed({ listed, self }: BootstrapView): BootstrapStep {
  const missing = listed.filter(({ identity }) => identity === undefined);
  const others = new Map(
    listed.flatMap(({ identity }) => (identity ? [[identity.member.key, identity.member]] : [])),
  );
  const members = [self, ...others.values()];
  const lowest = lowestAddress([
    self.rpcAddress,
    ...missing.map(({ address }) => address),
    ...[...others.values()].map(({ rpcAddress }) => rpcAddress),
  ]);
  const isMine = compareAddresses(lowest, self.rpcAddress) === 0;
  if (missing.length > 0) {
    const names = missing.map(({ address }) => address).join(", ");
    const reason = `a new cluster needs all listed nodes; no answer from ${names}`;
    return isMine ? { kind: "wait", reason, creates: listed.length + 1 } : wait(reason);
  }
  if (isMine) return { kind: "ask", members, automatic: false };
  return wait(`${lowest}, the lowest address, must create the cluster and invite this node`);
}

function wait(reason: string): BootstrapStep {
  return { kind: "wait", reason };
}
