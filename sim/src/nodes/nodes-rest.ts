/**
 * What must be so some time after everything has healed: one cluster, one leader, everybody who may
 * be a member is one, as many voters as the rules say, all with the same state.
 */
import { isLearner, isVoter, type MemberKey } from "@caucus/raft";
import type { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesClients } from "./nodes-client.ts";
import type { NodesOperator } from "./nodes-operator.ts";
import type { NodesWorld } from "./nodes-world.ts";

export interface RestParts {
  readonly world: NodesWorld;
  readonly clients: NodesClients;
  readonly operator: NodesOperator;
}

/** What is still missing; undefined when all is at rest. */
export function unrest({ clients, operator, world }: RestParts): string | undefined {
  const live = world.machines.filter(({ state }) => state !== "gone");
  const down = live.find(({ process }) => process === undefined);
  if (down !== undefined) return `node ${down.label} is ${down.state}: ${down.refusal ?? ""}`;
  const leaders = live.flatMap(({ process }) => (process?.status.role === "leader" ? process : []));
  const leader = leaders[0];
  if (leader === undefined || leaders.length > 1) return `${leaders.length} nodes lead`;
  const { commitIndex, configuration, lastIndex } = leader.status;
  if (configuration.outgoing.length > 0) return "the configuration is joint";
  if (commitIndex < lastIndex) return `committed is ${commitIndex} of ${lastIndex}`;
  for (const machine of live) {
    const missing = missingOf(machine, leader);
    if (missing !== undefined) return `node ${machine.label} ${missing}`;
  }
  const lost = clients.missingOn(leader);
  if (lost.length > 0) return `acknowledged ${lost} is not on the leader`;
  return operator.hasInterfered ? undefined : wrongVoters(world, leader);
}

/** What this node lacks; one that was removed, or asks for nothing, need not be a member. */
function missingOf(machine: NodeMachine, leader: NodeProcess): string | undefined {
  const process = machine.process as NodeProcess;
  const { configuration, lastIndex } = leader.status;
  const isMember = isVoter(configuration, process.key) || isLearner(configuration, process.key);
  if (configuration.removed.includes(process.key)) return undefined;
  if (!isMember) return machine.plan.join.length > 0 ? reasonOf(process) : undefined;
  if (process.identity.cluster !== leader.identity.cluster) return "is in another cluster";
  const applied = process.driver?.status().appliedIndex ?? 0;
  if (applied < lastIndex) return `has applied ${applied} of ${lastIndex}`;
  return leader.stateImage.difference(process.stateImage);
}

function reasonOf(process: NodeProcess): string {
  return `is no member: ${process.member.service.readiness().reasons.join("; ")}`;
}

/** N11: from an odd number of voters two learners go on together, from an even one a single one. */
function wrongVoters(world: NodesWorld, { status }: NodeProcess): string | undefined {
  const { learners, voters } = status.configuration;
  const isLive = (key: MemberKey): boolean => world.machineOf(key)?.process !== undefined;
  const waiting = learners.filter(isLive).length;
  const wanted = voters.length % 2 === 0 ? 1 : 2;
  if (voters.length >= 5 || waiting < wanted) return undefined;
  return `${voters.length} voters, although ${waiting} learners wait`;
}
