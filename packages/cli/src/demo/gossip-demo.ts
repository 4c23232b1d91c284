/** `caucus node --demo`: five nodes without Raft, each with another service, in one terminal. */
import { setTimeout as delay } from "node:timers/promises";
import {
  CaucusError,
  formatAddress,
  type LogFields,
  type Logger,
  parseAddress,
} from "@caucus/base";
import { checkServiceInfo, type ServiceType, serviceKind } from "@caucus/node";
import type { CommandContext } from "../command/command.ts";
import { ExitError, type ExitName } from "../command/exit-codes.ts";
import { optionName } from "../command/option-schema.ts";
import type { AgentSettings, RunningMember, StartAgent } from "../node/member.ts";
import { httpSettings } from "../node/member-settings.ts";
import type { NodeFlags } from "../node/node-schema.ts";
import { listenFailureText, whyNotListen, whyNotReceive } from "../node/port-check.ts";
import type { StopSignal } from "../stop-signal.ts";

interface DemoNode {
  /** From 1. */
  readonly number: number;
  readonly type: ServiceType;
  readonly shard: number;
  readonly api: string;
  readonly gossip: string;
}

const SERVICES: readonly (readonly [ServiceType, number])[] = [
  ["searcher", 1],
  ["api_gateway", 0],
  ["data_processor", 2],
  ["storage", 3],
  ["analytics", 4],
];

const FIRST_API = "127.0.0.1:10001";
/** From the port of a node's HTTP to that of its gossip. */
const GOSSIP_DISTANCE = 1_000;

/** Between two starts: the seed is there before the others, and the lines can be followed. */
const START_PAUSE_MS = 500;

/** Flags that are about one node. */
const REFUSED = ["id", "apiAddr", "rpcAddr", "publicAddr", "dataDir", "nodeName"] as const;

export interface GossipDemo {
  readonly flags: NodeFlags;
  readonly context: CommandContext;
  readonly logger: Logger;
  readonly start: StartAgent;
  readonly stop: StopSignal;
}

/** Everything that it starts has ended when it settles. */
export async function runGossipDemo(demo: GossipDemo): Promise<ExitName> {
  const { context, flags, logger, stop } = demo;
  const running: RunningMember[] = [];
  try {
    const nodes = demoNodes(flags);
    await checkPorts(nodes);
    const say = (text: string): void => void context.stdout.write(`${text}\n`);
    say("🚀 Starting chitchat cluster demo with 5 nodes...");
    for (const node of nodes) {
      const reason = running.length === 0 ? undefined : await pauseUnlessStopped(stop);
      if (reason !== undefined) return stopping(logger, reason);
      say(`🔗 Starting node: node_${node.number} (${describe(node)})`);
      running.push(await startNode(demo, node, nodes));
      say(`🌐 API server listening on http://${node.api}`);
      say(`📡 Gossip protocol running on ${node.gossip}`);
    }
    say(welcomeText(nodes));
    return stopping(logger, await stop.requested);
  } finally {
    await Promise.all(running.map((node) => node.stop()));
    stop.dispose();
  }
}

/** Why to stop, when somebody asks for it during the pause. */
function pauseUnlessStopped(stop: StopSignal): Promise<string | undefined> {
  return Promise.race([stop.requested, delay(START_PAUSE_MS, undefined, { ref: false })]);
}

function stopping(logger: Logger, reason: string): ExitName {
  logger.info("stopping", { reason });
  return "ok";
}

async function startNode(
  { context, flags, logger, start }: GossipDemo,
  node: DemoNode,
  nodes: readonly DemoNode[],
): Promise<RunningMember> {
  const { api, gossip, number, shard, type } = node;
  const first = nodes[0];
  const settings: AgentSettings = {
    version: context.version,
    http: httpSettings(flags),
    addresses: {
      api,
      rpc: api,
      gossip,
      publicApi: api,
      publicRpc: api,
      publicGossip: gossip,
    },
    gossip: {
      nodeName: `node_${number}`,
      clusterId: flags.clusterId,
      seeds: first === undefined || first === node ? [] : [first.gossip],
      intervalMs: flags.intervalMs,
      phiThreshold: flags.phiThreshold,
      deadNodeGraceMs: flags.deadNodeGraceMs,
      markedForDeletionGraceMs: flags.markedForDeletionGraceMs,
      service: checkServiceInfo(type, api, shard),
    },
  };
  try {
    return await start(settings, namedLogger(logger, `node_${number}`));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    context.stdout.write(`❌ Node ${number} failed: ${reason}\n`);
    throw thrown;
  }
}

function demoNodes(flags: NodeFlags): readonly DemoNode[] {
  refuseOthers(flags);
  const api = firstAddress(flags.listen ?? FIRST_API, "--listen");
  const gossip =
    flags.gossipAddr === undefined
      ? firstAddress(formatAddress({ ...api, port: api.port + GOSSIP_DISTANCE }), "--listen")
      : firstAddress(flags.gossipAddr, "--gossip-addr");
  return SERVICES.map(([type, shard], index) => ({
    number: index + 1,
    type,
    shard,
    api: formatAddress({ ...api, port: api.port + index }),
    gossip: formatAddress({ ...gossip, port: gossip.port + index }),
  }));
}

function firstAddress(text: string, option: string): { host: string; port: number } {
  const address = parseAddress(text);
  if (address !== undefined && address.port + SERVICES.length - 1 <= 65_535) return address;
  throw new CaucusError(
    "invalid_argument",
    `${option} ${text} leaves no room for ${SERVICES.length} ports up to 65535 with --demo`,
  );
}

function refuseOthers(flags: NodeFlags): void {
  const given = REFUSED.find((field) => flags[field] !== undefined) as string | undefined;
  const lists = (["join", "seed"] as const).find((field) => flags[field].length > 0);
  const isOther = flags.service !== "api_gateway" || flags.shard !== 0;
  const field =
    given ?? lists ?? (flags.bootstrap ? "bootstrap" : isOther ? "service and --shard" : undefined);
  if (field === undefined) return;
  throw new CaucusError(
    "invalid_argument",
    `--demo chooses for its five nodes what --${optionName(field)} says; allowed beside it: --listen, --gossip-addr, --cluster-id and how to gossip`,
  );
}

async function checkPorts(nodes: readonly DemoNode[]): Promise<void> {
  for (const { api, gossip } of nodes) {
    for (const { text, option, why } of [
      { text: api, option: "--listen", why: whyNotListen },
      { text: gossip, option: "--gossip-addr", why: whyNotReceive },
    ]) {
      const address = parseAddress(text);
      const code = address === undefined ? "EINVAL" : await why(address);
      if (code === undefined) continue;
      throw new ExitError(
        "addressInUse",
        `${text} ${listenFailureText(code)}; choose the first of ${nodes.length} others with ${option}`,
      );
    }
  }
}

function describe({ shard, type }: DemoNode): string {
  return serviceKind(type).sharded ? `${type}, shard ${shard}` : type;
}

function welcomeText(nodes: readonly DemoNode[]): string {
  const api = nodes[0]?.api ?? "";
  return [
    "",
    "✅ All nodes started! Check the cluster status at:",
    ...nodes.map(
      (node) => `  http://${node.api}/members (Node ${node.number} - ${describe(node)})`,
    ),
    "",
    "💡 Try updating services with:",
    `  curl "http://${api}/update_service?service_type=storage&host=${api}&shard=7"`,
    `  curl http://${nodes[1]?.api ?? api}/members`,
    "",
    "Ctrl+C stops all nodes.",
    "",
  ].join("\n");
}

/** Says in each line which node it is about. */
function namedLogger(logger: Logger, name: string): Logger {
  const named = (fields: LogFields | undefined): LogFields => ({ node: name, ...fields });
  return {
    debug: (message, fields) => logger.debug(message, named(fields)),
    info: (message, fields) => logger.info(message, named(fields)),
    warn: (message, fields) => logger.warn(message, named(fields)),
    error: (message, fields) => logger.error(message, named(fields)),
  };
}
