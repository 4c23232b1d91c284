/** The state of a cluster in words, as one member sees it. Pure. */
import {
  type ClusterId,
  type Configuration,
  isVoter,
  type Member,
  type MemberKey,
  memberOf,
  type RaftStatus,
} from "@caucus/raft";
import type { Explanation } from "../kv-service.ts";

export interface ExplanationView {
  readonly raft: RaftStatus;
  readonly leader: Member | undefined;
  /** Whose departure is asked about. */
  readonly about: MemberKey;
  /** Whether a member answers now; undefined when nobody here can know. */
  readonly answers: (key: MemberKey) => boolean | undefined;
  /** Why each node that is no voter is none; known to the leader only. */
  readonly standings: readonly string[];
  /** Other Raft clusters that the same gossip shows. */
  readonly otherClusters: readonly ClusterId[];
}

export function explain(view: ExplanationView): Explanation {
  const { otherClusters, raft, standings } = view;
  const others = otherClusters.map(
    (cluster) => `gossip shows another Raft cluster, ${cluster}: nodes that wait join neither`,
  );
  const elsewhere = "why the others are no voters is known to the leader only";
  return {
    leader: [...leaderLines(view), ...others],
    voters: raft.role === "leader" ? standings : [elsewhere],
    departure: departureLines(view),
  };
}

function leaderLines({ answers, leader, raft }: ExplanationView): readonly string[] {
  const { configuration, term } = raft;
  if (leader !== undefined) return [`${nameOf(leader)} leads in term ${term}`];
  const { voters } = configuration;
  if (voters.length === 0) return ["this node has not yet received anything from its cluster"];
  const silent = voters.filter((key) => answers(key) === false);
  const lines = [
    `no leader is known in term ${term}: one needs the votes of ${majority(voters)} of the ` +
      `${voters.length} voters ${labelsOf(configuration, voters)}`,
  ];
  if (silent.length > 0) lines.push(`silent in gossip: ${labelsOf(configuration, silent)}`);
  const canBeElected = voters.length - silent.length >= majority(voters);
  lines.push(
    canBeElected
      ? "as far as this node knows enough of them live: an election is due"
      : "too few of them live: there is no leader until others return",
  );
  return lines;
}

function departureLines(view: ExplanationView): readonly string[] {
  const { about, answers, leader, raft } = view;
  const { configuration } = raft;
  const { voters } = configuration;
  const member = memberOf(configuration, about);
  if (member === undefined) return ["this node is no member: the cluster would not notice"];
  const name = `node ${member.label}`;
  if (!isVoter(configuration, about)) {
    return [`${name} is a learner: reads and writes of the others would go on`];
  }
  const others = voters.filter((key) => key !== about);
  if (others.length === 0) {
    return [`${name} is the only voter: nothing could be written or elected until it returns`];
  }
  const needed = majority(voters);
  const answering = others.filter((key) => answers(key) !== false);
  const living = `${answering.length} of the ${voters.length} voters (${labelsOf(configuration, answering)})`;
  if (answering.length < needed) {
    return [
      `without ${name} only ${living} would answer and ${needed} are needed: writes would stop ` +
        "until another voter returns",
    ];
  }
  const spare = answering.length - needed;
  const lines = [`without ${name} still ${living} would answer, ${needed} are enough: it goes on`];
  if (leader?.key === about) lines.push("the others would first elect a new leader");
  lines.push(
    spare === 0
      ? "after that no further voter could be missed"
      : `after that ${spare} more voter(s) could be missed`,
  );
  return lines;
}

function majority(voters: readonly MemberKey[]): number {
  return Math.floor(voters.length / 2) + 1;
}

function nameOf(member: Member): string {
  return `node ${member.label} at ${member.rpcAddress}`;
}

function labelsOf(configuration: Configuration, keys: readonly MemberKey[]): string {
  const labels = keys.map((key) => memberOf(configuration, key)?.label ?? 0);
  return labels.length === 0 ? "none" : labels.sort((a, b) => a - b).join(", ");
}
