/** Puts one member together: the node, and the HTTP server that serves it. */
import { assertNever, CaucusError, type Logger, parseAddress } from "@caucus/base";
import { createHttpServer, type GrpcConnections, type HttpServer } from "@caucus/http";
import { type RunningNode, startNode } from "@caucus/node";
import { ExitError, systemCode } from "../command/exit-codes.ts";
import type { MemberSettings, RunningMember, StartProgress } from "./member.ts";
import { gossipOptionsOf } from "./start-agent.ts";

/** Starts the member of this process; rejects with CaucusError or ExitError. */
export async function startMember(
  settings: MemberSettings,
  logger: Logger,
): Promise<RunningMember> {
  const node = await startNodeOf(settings, logger);
  const isRestart = node.service.status().cluster !== undefined;
  try {
    const http = await startHttp(settings, node, logger);
    return {
      failed: failureOf(node),
      progress: () => progressOf(node, isRestart),
      async stop(): Promise<void> {
        // While everything still works: on a shared port the others forward their writes to a
        // leader through the server that closes next. Requests in progress are still answered,
        // new ones go elsewhere. On a shared port the server ends the node too, as its gRPC.
        await node.handOver();
        await http.close();
        await node.stop();
      },
    };
  } catch (thrown) {
    await node.stop();
    throw thrown;
  }
}

function progressOf(node: RunningNode, isRestart: boolean): StartProgress {
  const { cluster, commitIndex, leader } = node.service.status();
  return {
    isRestart,
    formation: node.formation,
    hasCluster: cluster !== undefined,
    hasCommitted: leader !== undefined && commitIndex > 0,
  };
}

async function startNodeOf(settings: MemberSettings, logger: Logger): Promise<RunningNode> {
  const { addresses } = settings;
  try {
    return await startNode({
      label: settings.label,
      rpcListenAddress: sharesPort(settings) ? undefined : addresses.rpc,
      rpcAddress: addresses.publicRpc,
      apiAddress: addresses.publicApi,
      dataDirectory: settings.storage === "rocksdb" ? settings.dataDir : undefined,
      storage: settings.storage,
      openFilesMax: settings.maxOpenFiles,
      join: settings.join,
      bootstrap: settings.bootstrap,
      bootstrapExpect: settings.bootstrapExpect,
      gossipLookMs: settings.gossipLookMs,
      deadVoterAfterMs: settings.deadVoterAfterMs,
      settleMs: settings.settleMs,
      raft: settings.raft,
      replaceAfterMs: settings.replaceAfterMs,
      gossip: gossipOptionsOf(addresses, settings.gossip, logger),
      logger,
      version: settings.version,
    });
  } catch (thrown) {
    throw startFailure(CaucusError.from(thrown), settings);
  }
}

/** What a start can fail of beside bad options: the address of gRPC, and the data directory. */
function startFailure(error: CaucusError, { dataDir }: MemberSettings): Error {
  switch (error.code) {
    case "invalid_argument":
    case "unsupported":
      return error;
    case "unavailable":
      return new ExitError("addressInUse", error.message, error);
    default: {
      // What the system said; what our own storage says names the directory by itself.
      const isSystem = error.code === "internal" && systemCode(error) !== undefined;
      const where = isSystem ? `the data directory ${dataDir} can't be used: ` : "";
      return new ExitError("storage", `${where}${error.message}`, error);
    }
  }
}

async function startHttp(
  settings: MemberSettings,
  node: RunningNode,
  logger: Logger,
): Promise<HttpServer> {
  const { api } = settings.addresses;
  const address = parseAddress(api);
  if (address === undefined) throw new CaucusError("invalid_argument", `${api} is no address`);
  const http = await createHttpServer({
    ...settings.http,
    service: node.service,
    gossip: node.gossip,
    metrics: node.metrics,
    logger,
    listenOption: sharesPort(settings) ? "--listen" : "--api-addr",
    ...(sharesPort(settings) ? { grpc: grpcOf(node) } : {}),
  });
  await http.listen(address.host, address.port);
  return http;
}

function sharesPort({ addresses }: MemberSettings): boolean {
  return addresses.api === addresses.rpc;
}

/** The node's side of a shared port. Its gRPC ends with it, after the last HTTP request. */
function grpcOf(node: RunningNode): GrpcConnections {
  return {
    injectConnection: (connection) => node.injectConnection(connection),
    close: () => node.stop(),
  };
}

async function failureOf(node: RunningNode): Promise<ExitError> {
  const end = await node.ended;
  switch (end.kind) {
    case "poisoned":
      return new ExitError("storage", `the node can't go on: ${end.error.message}`, end.error);
    case "refused":
      return new ExitError("refused", end.error.message, end.error);
    case "stopped":
      // Nobody waits any more: whoever stopped it knows.
      return await new Promise<never>(() => {});
    default:
      return assertNever(end);
  }
}
