import { CaucusError } from "@caucus/base";
import { EMPTY_CONFIGURATION } from "@caucus/raft";
import type { KvService, NodeStatus } from "../kv-service.ts";

/** How a node without Raft becomes one with it; said wherever something asks for Raft. */
export const AGENT_NOTICE: string =
  "gossip only: this node was started without --id, so it takes no part in Raft and has no " +
  "key-value store; to take part start it with --id N (a number unique in the cluster): it joins the " +
  "cluster that gossip shows, or makes one by --bootstrap, --join HOST:PORT,… or POST /init";

export interface AgentOptions {
  readonly apiAddress: string;
  readonly version: string;
}

/** The KvService of a node that takes part in gossip only: it says so, whatever it is asked. */
export function createAgentService({ apiAddress, version }: AgentOptions): KvService {
  const refuse = async (): Promise<never> => {
    throw new CaucusError("unavailable", AGENT_NOTICE);
  };
  const refuseWrite = async (): Promise<never> => {
    throw new CaucusError("unavailable", AGENT_NOTICE, { outcome: "not_applied" });
  };
  const status: NodeStatus = {
    label: 0,
    key: "",
    cluster: undefined,
    apiAddress,
    rpcAddress: "",
    version,
    storage: "memory",
    state: "gossip-only",
    role: "follower",
    term: 0,
    leader: undefined,
    commitIndex: 0,
    appliedIndex: 0,
    appliedTerm: 0,
    lastLogIndex: 0,
    compactedIndex: 0,
    snapshot: undefined,
    configuration: EMPTY_CONFIGURATION,
    configurationIndex: 0,
    peers: [],
    revision: 0,
  };
  return {
    write: refuseWrite,
    get: refuse,
    list: refuse,
    knownNodes: () => {
      throw new CaucusError("unavailable", AGENT_NOTICE);
    },
    initialize: refuseWrite,
    addLearner: refuseWrite,
    changeMembership: refuseWrite,
    removeMember: refuseWrite,
    transferLeadership: refuseWrite,
    compact: refuse,
    purgeLog: refuse,
    setMembershipPolicy: refuseWrite,
    membership: () => {
      throw new CaucusError("unavailable", AGENT_NOTICE);
    },
    explain: refuse,
    status: () => status,
    readiness: () => ({ ready: true, reasons: [AGENT_NOTICE] }),
  };
}
