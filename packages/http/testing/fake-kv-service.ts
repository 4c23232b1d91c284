import { CaucusError, type CaucusErrorOptions, type ErrorCode } from "@caucus/base";
import type { KnownNode, KvService, NodeStatus, PeerStatus, WriteOptions } from "@caucus/node";
import {
  type Configuration,
  EMPTY_CONFIGURATION,
  type Member,
  validateCommand,
} from "@caucus/node";
import { applyCommand, emptyRecords, type FakeRecords, idOf, listOf, put } from "./fake-records.ts";

/** A KvService in memory: one node that applies at once, for tests of the edges. */
export interface FakeKvService extends KvService {
  /** The next and all later calls that need the cluster fail like this; undefined heals. */
  failWith(code: ErrorCode | undefined, message?: string, options?: CaucusErrorOptions): void;
  /** Back to how it was created; `initialized` false: it belongs to no cluster. */
  reset(options?: { readonly initialized?: boolean }): void;
  /** Overlays the status. */
  setStatus(changes: Partial<NodeStatus>): void;
  setReadiness(ready: boolean, reasons: readonly string[]): void;
  /** Writes bytes that no JSON route can write. */
  putBytes(key: Uint8Array, value: Uint8Array): void;
  /** Options of the last write, to see what a route passed on. */
  readonly lastWriteOptions: WriteOptions | undefined;
  /** What reached the last `get`. */
  readonly lastConsistency: string | undefined;
}

const LABEL = 1;

function memberOfLabel(label: number, address: string): Member {
  return {
    key: label.toString(16).padStart(32, "0"),
    label,
    rpcAddress: address,
    apiAddress: address,
  };
}

interface FakeState extends FakeRecords {
  index: number;
  configuration: Configuration;
  configurationIndex: number;
  failure: CaucusError | undefined;
  overlay: Partial<NodeStatus>;
  readiness: { ready: boolean; reasons: readonly string[] };
}

function emptyState(): FakeState {
  return {
    ...emptyRecords(),
    index: 0,
    configuration: EMPTY_CONFIGURATION,
    configurationIndex: 0,
    failure: undefined,
    overlay: {},
    readiness: { ready: true, reasons: [] },
  };
}

export function createFakeKvService(
  options: { readonly initialized?: boolean } = {},
): FakeKvService {
  const self = memberOfLabel(LABEL, "127.0.0.1:21001");
  const state = emptyState();
  let lastWriteOptions: WriteOptions | undefined;
  let lastConsistency: string | undefined;

  const initialize = (): void => {
    state.index += 1;
    state.configuration = { ...EMPTY_CONFIGURATION, voters: [self.key], members: [self] };
    state.configurationIndex = state.index;
  };
  const reset = (to: { readonly initialized?: boolean }): void => {
    Object.assign(state, emptyState());
    if (to.initialized !== false) initialize();
  };
  reset(options);

  const requireCluster = (outcome?: "not_applied"): void => {
    if (state.failure !== undefined) throw state.failure;
    if (state.configurationIndex === 0) {
      throw new CaucusError("unavailable", "waiting for /init", outcome && { outcome });
    }
  };

  return {
    failWith(code, message = `failing as ${code}`, failure = {}) {
      state.failure = code && new CaucusError(code, message, failure);
    },
    reset: (to = {}) => reset(to),
    setStatus(changes) {
      state.overlay = changes;
    },
    setReadiness(ready, reasons) {
      state.readiness = { ready, reasons };
    },
    putBytes: (key, value) => put(state, key, value),
    get lastWriteOptions() {
      return lastWriteOptions;
    },
    get lastConsistency() {
      return lastConsistency;
    },
    async write(command, writeOptions) {
      lastWriteOptions = writeOptions;
      const outcome = "not_applied";
      const problem = validateCommand(command);
      if (problem !== undefined) throw new CaucusError("invalid_argument", problem, { outcome });
      requireCluster(outcome);
      state.index += 1;
      return { result: applyCommand(state, command), index: state.index, term: 1 };
    },
    async get(key, readOptions) {
      lastConsistency = readOptions?.consistency ?? "linearizable";
      if (lastConsistency === "linearizable") requireCluster();
      return state.records.get(idOf(key));
    },
    async list(prefix, limit, listOptions) {
      lastConsistency = listOptions?.consistency ?? "linearizable";
      if (lastConsistency === "linearizable") requireCluster();
      return listOf(state, prefix, limit, listOptions?.after);
    },
    knownNodes: (): readonly KnownNode[] =>
      [...state.nodes]
        .map(([label, address]) => ({ label, address }))
        .sort((a, b) => a.label - b.label),
    async initialize() {
      if (state.failure !== undefined) throw state.failure;
      if (state.configurationIndex !== 0) {
        throw new CaucusError("conflict", "this node already belongs to a cluster");
      }
      initialize();
    },
    async addLearner({ label, address }) {
      requireCluster("not_applied");
      return addLearner(state, label, address);
    },
    async changeMembership({ voters }) {
      requireCluster("not_applied");
      return changeMembership(state, voters);
    },
    async transferLeadership() {
      requireCluster("not_applied");
    },
    async compact() {
      requireCluster();
      return state.index;
    },
    status: () => ({ ...statusOf(state, self), ...state.overlay }),
    readiness: () => state.readiness,
  };
}

type MembershipResult = Awaited<ReturnType<KvService["addLearner"]>>;

function addLearner(
  state: FakeState,
  label: number,
  address: string | undefined,
): MembershipResult {
  if (state.configuration.members.some((member) => member.label === label)) {
    throw new CaucusError("conflict", `node ${label} is already a member`);
  }
  const where = address ?? state.nodes.get(label);
  if (where === undefined) {
    throw new CaucusError("invalid_argument", `the address of node ${label} is unknown`);
  }
  const member = memberOfLabel(label, where);
  return reconfigure(state, {
    ...state.configuration,
    learners: [...state.configuration.learners, member.key],
    members: [...state.configuration.members, member],
  });
}

function changeMembership(state: FakeState, labels: readonly number[]): MembershipResult {
  const { members } = state.configuration;
  const keys = labels.map((label) => {
    const member = members.find((candidate) => candidate.label === label);
    if (member === undefined) throw new CaucusError("conflict", `node ${label} is no member`);
    return member.key;
  });
  const learners = state.configuration.learners.filter((key) => !keys.includes(key));
  const kept = members.filter(({ key }) => keys.includes(key) || learners.includes(key));
  return reconfigure(state, { ...state.configuration, voters: keys, learners, members: kept });
}

function reconfigure(state: FakeState, configuration: Configuration): MembershipResult {
  state.index += 1;
  state.configuration = configuration;
  state.configurationIndex = state.index;
  return { index: state.index, term: 1, configuration };
}

function statusOf(state: FakeState, self: Member): NodeStatus {
  const running = state.configurationIndex !== 0;
  const { configuration } = state;
  const peers = configuration.members.map(
    (member): PeerStatus => ({
      member,
      role: configuration.learners.includes(member.key) ? "learner" : "voter",
      self: member.key === self.key,
      progress: member.key === self.key ? undefined : "replicate",
      matchIndex: member.key === self.key ? undefined : state.index,
      lastContactMs: member.key === self.key ? undefined : 12.5,
    }),
  );
  return {
    label: self.label,
    key: self.key,
    cluster: running ? "c".repeat(32) : undefined,
    apiAddress: self.apiAddress,
    rpcAddress: self.rpcAddress,
    version: "0.1.0",
    storage: "memory",
    state: running ? "running" : "waiting",
    role: running ? "leader" : "learner",
    term: running ? 1 : 0,
    leader: running ? self : undefined,
    commitIndex: state.index,
    appliedIndex: state.index,
    appliedTerm: running ? 1 : 0,
    lastLogIndex: state.index,
    compactedIndex: 0,
    snapshot: undefined,
    configuration,
    configurationIndex: state.configurationIndex,
    peers,
    revision: state.revision,
  };
}
