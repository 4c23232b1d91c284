/**
 * What must be so some time after everything has healed: one cluster, one leader, everybody who may
 * be a member is one, as many voters as the rules say, the dead among them replaced, all with the
 * same state. Where two clusters have come to be, as nobody should ask for, who is in none joins none.
 */
import { isLearner, isVoter, type Member } from "@caucus/raft";
import type { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** Most voters that automation makes. */
const VOTERS_MAX = 5;

/** What is still missing; undefined when all is at rest. */
export function unrest(world: NodesWorld): string | undefined {
  const live = world.machines.filter(({ state }) => state !== "gone");
  const down = live.find(({ process }) => process === undefined);
  if (down !== undefined) return `node ${down.label} is ${down.state}: ${down.refusal ?? ""}`;
  const nodes = live.map(({ process }) => process as NodeProcess);
  const leaders = nodes.filter(({ status }) => status.role === "leader");
  const clusters = new Set(nodes.flatMap(({ identity }) => identity.cluster ?? []));
  if (leaders.length !== clusters.size || leaders.length === 0) {
    return `${leaders.length} nodes lead ${clusters.size} clusters`;
  }
  for (const leader of leaders) {
    const missing = unrestOf(world, leader);
    if (missing !== undefined) return missing;
  }
  for (const node of nodes) {
    const missing = missingOf(node, leaders);
    if (missing !== undefined) return `node ${node.label} ${missing}`;
  }
  return undefined;
}

function unrestOf(world: NodesWorld, leader: NodeProcess): string | undefined {
  const { commitIndex, configuration, lastIndex } = leader.status;
  if (configuration.outgoing.length > 0) return "the configuration is joint";
  if (commitIndex < lastIndex) return `committed is ${commitIndex} of ${lastIndex}`;
  return wrongVoters(world, leader);
}

/** What this node lacks; one that was removed, or asks for nothing, need not be a member. */
function missingOf(node: NodeProcess, leaders: readonly NodeProcess[]): string | undefined {
  const { cluster } = node.identity;
  const reasons = node.member.service.readiness().reasons.join("; ");
  if (cluster === undefined && leaders.length > 1) {
    return reasons.includes("two clusters") ? undefined : `sees no two clusters: ${reasons}`;
  }
  const leader = leaders.find(({ identity }) => identity.cluster === (cluster ?? identity.cluster));
  if (leader === undefined) return "is in a cluster that nobody leads";
  const { configuration, lastIndex } = leader.status;
  if (configuration.removed.includes(node.key)) return undefined;
  const isMember = isVoter(configuration, node.key) || isLearner(configuration, node.key);
  if (!isMember) {
    if (reasons === "") return "is no member and does not say why";
    return mayJoin(node.machine, leader) ? `is no member: ${reasons}` : undefined;
  }
  const applied = node.driver?.status().appliedIndex ?? 0;
  if (applied < lastIndex) return `has applied ${applied} of ${lastIndex}`;
  return leader.stateImage.difference(node.stateImage);
}

/** N36: an operator has not removed it, and it was told to join or automation may take it in. */
function mayJoin({ label, plan }: NodeMachine, leader: NodeProcess): boolean {
  const { automatic, paused } = leader.member.service.membership().policy;
  const { members } = leader.status.configuration;
  const isHeld = members.some((member) => member.label === label);
  if (paused.includes(label) && !isHeld) return false;
  return plan.join.length > 0 || automatic;
}

/** N10, N11 and N33: what automation would still do about the voters. */
function wrongVoters(world: NodesWorld, leader: NodeProcess): string | undefined {
  const { automatic, paused } = leader.member.service.membership().policy;
  const { learners, members, voters } = leader.status.configuration;
  const isThere = ({ key }: Member): boolean => world.machineOf(key)?.process !== undefined;
  const holderOf = ({ key, label }: Member): Member | undefined =>
    members.find(
      (other) => other.label === label && other.key !== key && voters.includes(other.key),
    );
  const candidates = members.filter((member) => {
    const asks = world.machineOf(member.key)?.directory.identity.promise;
    if (!learners.includes(member.key) || !isThere(member) || asks === undefined) return false;
    return automatic || !asks.includes("nominated");
  });
  const standIn = candidates.find((member) => holderOf(member) !== undefined);
  if (standIn !== undefined) return `node ${standIn.label} still stands by for its label`;
  const spares = candidates.filter(({ label }) => !paused.includes(label)).length;
  const dead = members.find(
    (member) => voters.includes(member.key) && !isThere(member) && !paused.includes(member.label),
  );
  if (automatic && dead !== undefined && spares > 0)
    return `dead voter ${dead.label} is not replaced`;
  const wanted = voters.length % 2 === 0 ? 1 : 2;
  if (voters.length + wanted > VOTERS_MAX || spares < wanted) return undefined;
  return `${voters.length} voters, although ${spares} learners wait`;
}
