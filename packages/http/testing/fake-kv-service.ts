import { CaucusError, type CaucusErrorOptions, type ErrorCode } from "@caucus/base";
import type { KnownNode, KvService, NodeStatus, PeerStatus, WriteOptions } from "@caucus/node";
import { type Configuration, EMPTY_CONFIGURATION, type Member } from "@caucus/node";

type Command = Parameters<KvService["write"]>[0];
type WriteResult = Awaited<ReturnType<KvService["write"]>>;
type KeyRecord = NonNullable<Awaited<ReturnType<KvService["get"]>>>;

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

/** Latin-1 keeps every byte apart. */
function idOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}

interface FakeState {
  records: Map<string, KeyRecord>;
  nodes: Map<number, string>;
  revision: number;
  index: number;
  configuration: Configuration;
  configurationIndex: number;
  failure: CaucusError | undefined;
  overlay: Partial<NodeStatus>;
  readiness: { ready: boolean; reasons: readonly string[] };
}

function emptyState(): FakeState {
  return {
    records: new Map(),
    nodes: new Map(),
    revision: 0,
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
      requireCluster("not_applied");
      state.index += 1;
      return { result: apply(state, command), index: state.index, term: 1 };
    },
    async get(key, readOptions) {
      lastConsistency = readOptions?.consistency ?? "linearizable";
      if (lastConsistency === "linearizable") requireCluster();
      return state.records.get(idOf(key));
    },
    async list(prefix, limit, listOptions) {
      lastConsistency = listOptions?.consistency ?? "linearizable";
      if (lastConsistency === "linearizable") requireCluster();
      return listOf(state, idOf(prefix), limit, listOptions?.after);
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

function listOf(
  state: FakeState,
  prefix: string,
  limit: number,
  after: Uint8Array | undefined,
): Awaited<ReturnType<KvService["list"]>> {
  const behind = after === undefined ? "" : idOf(after);
  const found = [...state.records]
    .filter(([id]) => id.startsWith(prefix) && (after === undefined || id > behind))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = found
    .slice(0, limit)
    .map(([id, record]) => ({ key: Buffer.from(id, "latin1"), record }));
  return { entries, more: found.length > limit };
}

function put(state: FakeState, key: Uint8Array, value: Uint8Array): void {
  state.revision += 1;
  const previous = state.records.get(idOf(key));
  state.records.set(idOf(key), {
    value,
    createRevision: previous?.createRevision ?? state.revision,
    modRevision: state.revision,
    version: (previous?.version ?? 0) + 1,
    lease: 0,
  });
}

function apply(state: FakeState, command: Command): WriteResult["result"] {
  switch (command.kind) {
    case "put":
      put(state, command.key, command.value);
      return { kind: "done", revision: state.revision, count: 1, previous: undefined };
    case "delete": {
      const existed = state.records.delete(idOf(command.key));
      if (existed) state.revision += 1;
      return {
        kind: "done",
        revision: state.revision,
        count: existed ? 1 : 0,
        previous: undefined,
      };
    }
    case "compare-and-set": {
      const version = state.records.get(idOf(command.key))?.version ?? 0;
      const succeeded = version === command.expectedVersion;
      if (succeeded) put(state, command.key, command.value);
      const current = state.records.get(idOf(command.key));
      return { kind: "compare-and-set", revision: state.revision, succeeded, current };
    }
    case "set-node":
      state.revision += 1;
      state.nodes.set(command.label, command.address);
      return { kind: "done", revision: state.revision, count: 0, previous: undefined };
    default:
      return { kind: "refused", reason: "invalid", message: `the fake has no ${command.kind}` };
  }
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
