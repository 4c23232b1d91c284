/** The state of a cluster in words, as one member sees it. Pure. */
import type { MembershipPolicy } from "@caucus/kv";
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
  /** It was asked and did not answer. */
  readonly isLeaderSilent: boolean;
  /** Whose departure is asked about. */
  readonly about: MemberKey;
  /** Whether a member answers now; undefined when nobody here can know. */
  readonly answers: (key: MemberKey) => boolean | undefined;
  /** Why each node that is no voter is none; known to the leader only. */
  readonly standings: readonly string[];
  readonly policy: MembershipPolicy;
  readonly deadVoterAfterMs: number;
  /** Other Raft clusters that the same gossip shows. */
  readonly otherClusters: readonly ClusterId[];
}

export function explain(view: ExplanationView): Explanation {
  const { otherClusters, raft, standings } = view;
  const others = otherClusters.map(
    (cluster) => `gossip shows another Raft cluster, ${cluster}: nodes that wait join neither`,
  );
  return {
    leader: [...leaderLines(view), ...others],
    voters: raft.role === "leader" ? standings : learnerLines(view),
    departure: departureLines(view),
  };
}

/** Without the leader's knowledge. */
function learnerLines({ raft: { configuration } }: ExplanationView): readonly string[] {
  const learners = configuration.learners.flatMap((key) => memberOf(configuration, key) ?? []);
  return learners.map(
    ({ label }) => `node ${label} is a learner: without a leader nobody becomes a voter`,
  );
}

function leaderLines(view: ExplanationView): readonly string[] {
  const { answers, isLeaderSilent, leader, raft } = view;
  const { configuration, term } = raft;
  if (leader !== undefined && !isLeaderSilent) return [`${nameOf(leader)} leads in term ${term}`];
  const { voters } = configuration;
  if (voters.length === 0) return ["this node has not yet received anything from its cluster"];
  const silent = voters.filter(
    (key) => answers(key) === false || (isLeaderSilent && key === leader?.key),
  );
  const who =
    leader === undefined
      ? `no leader is known in term ${term}`
      : `${nameOf(leader)} led in term ${term}, but does not answer`;
  const lines = [
    `${who}: a leader needs the votes of ${majority(voters)} of the ${voters.length} voters ` +
      labelsOf(configuration, voters),
  ];
  if (silent.length > 0) lines.push(`silent: ${labelsOf(configuration, silent)}`);
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
  return [...lines, successionLine(view, member)];
}

/** Who would take the place of a voter that stays away. */
function successionLine(view: ExplanationView, { label }: Member): string {
  const { deadVoterAfterMs, policy, raft } = view;
  const { learners } = raft.configuration;
  if (!policy.automatic)
    return "nobody would take its place by itself: automatic membership is off";
  if (policy.paused.includes(label)) {
    return "nobody would take its place by itself: an operator has set it, and it is not readmitted";
  }
  if (learners.length === 0) return "nobody could take its place: there is no learner to spare";
  const spares = labelsOf(raft.configuration, learners);
  return `after ${deadVoterAfterMs} ms of silence a learner would take its place: ${spares}`;
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
