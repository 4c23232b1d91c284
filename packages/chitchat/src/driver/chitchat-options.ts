import { randomInt } from "node:crypto";
import {
  CaucusError,
  createSeededRng,
  encodeUtf8,
  type Logger,
  type Rng,
  silentLogger,
} from "@caucus/base";
import {
  type ChitchatConfig,
  type ChitchatRuleOptions,
  resolveChitchatConfig,
} from "../core/chitchat-config.ts";
import { NODE_ID_BYTES_MAX } from "../core/cluster-state.ts";
import type { ReadonlyNodeState } from "../core/node-state.ts";
import { parseSocketAddress, type SocketAddress } from "../core/socket-address.ts";
import { isWellFormed } from "../core/text-order.ts";
import { nodeTimers } from "./node-timers.ts";
import type { DatagramTransport, GossipTimers, ResolveHost } from "./ports.ts";
import { resolveHost, Seeds } from "./seeds.ts";
import { UdpTransport } from "./udp-transport.ts";

export interface ChitchatOptions extends ChitchatRuleOptions {
  /** Name of this node, stable over restarts; at most 1,024 bytes. */
  readonly nodeId: string;
  /** Nodes of another cluster are not talked to. Default "default-cluster". */
  readonly clusterId?: string | undefined;
  /** Where to listen, `ip:port`. Default `127.0.0.1:0`: a port chosen by the system. */
  readonly listenAddress?: string | undefined;
  /** Where others reach this node. Default: the address that is listened on. */
  readonly advertiseAddress?: string | undefined;
  /** `ip:port` or `name:port`; names are looked up again every 60 s. */
  readonly seeds?: readonly string[] | undefined;
  /** Must grow with each start. Default: the wall clock in ms. */
  readonly generationId?: bigint | undefined;
  /** Set before the first message. */
  readonly keyValues?: Readonly<Record<string, string>> | undefined;
  /** Filters what `liveNodeChanges` yields; not `liveNodes`, not whom this node gossips with. */
  readonly livenessFilter?: ((node: ReadonlyNodeState) => boolean) | undefined;
  readonly logger?: Logger | undefined;
  /** Chooses whom to gossip with. Default: seeded by the system. */
  readonly rng?: Rng | undefined;
  readonly transport?: DatagramTransport | undefined;
  readonly timers?: GossipTimers | undefined;
  readonly resolve?: ResolveHost | undefined;
}

/** Options that are complete and valid. */
export interface ChitchatSetup {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly listen: SocketAddress;
  readonly advertise: SocketAddress | undefined;
  readonly seeds: Seeds;
  readonly generationId: bigint;
  readonly keyValues: Readonly<Record<string, string>>;
  readonly livenessFilter: (node: ReadonlyNodeState) => boolean;
  readonly config: ChitchatConfig;
  readonly logger: Logger;
  readonly rng: Rng;
  readonly transport: DatagramTransport;
  readonly timers: GossipTimers;
}

const CLUSTER_ID_BYTES_MAX = 1_024;
const U64_MAX = 2n ** 64n - 1n;

/** Throws CaucusError `invalid_argument` that names the option, its value and what is allowed. */
export function resolveChitchatOptions(options: ChitchatOptions): ChitchatSetup {
  const { nodeId, clusterId, listenAddress, advertiseAddress, seeds, generationId } = options;
  const { keyValues, livenessFilter, logger, rng, transport, timers, resolve, ...rules } = options;
  const { nodeId: _1, clusterId: _2, listenAddress: _3, advertiseAddress: _4, ...others } = rules;
  const { seeds: _5, generationId: _6, ...ruleOptions } = others;
  checkText("nodeId", nodeId, NODE_ID_BYTES_MAX);
  const cluster = clusterId ?? "default-cluster";
  checkText("clusterId", cluster, CLUSTER_ID_BYTES_MAX);
  const generation = generationId ?? BigInt(Date.now());
  if (typeof generation !== "bigint" || generation < 0n || generation > U64_MAX) {
    throw invalid("generationId", String(generation), "bigints from 0 to 2^64 - 1");
  }
  const listen = addressOption("listenAddress", listenAddress ?? "127.0.0.1:0");
  const advertise =
    advertiseAddress === undefined
      ? undefined
      : addressOption("advertiseAddress", advertiseAddress);
  if (advertise?.port === 0) throw invalid("advertiseAddress", advertiseAddress, "ports above 0");
  if (advertise === undefined && (listen.host === "0.0.0.0" || listen.host === "::")) {
    const message = `listenAddress is ${listenAddress}, which nobody can send to: give advertiseAddress`;
    throw new CaucusError("invalid_argument", message);
  }
  const log = logger ?? silentLogger;
  return {
    nodeId,
    clusterId: cluster,
    listen,
    advertise,
    seeds: new Seeds(seeds ?? [], resolve ?? resolveHost, log),
    generationId: generation,
    keyValues: keyValues ?? {},
    livenessFilter: livenessFilter ?? (() => true),
    config: resolveChitchatConfig(ruleOptions),
    logger: log,
    rng: rng ?? createSeededRng(randomInt(2 ** 32)),
    transport: transport ?? new UdpTransport(log),
    timers: timers ?? nodeTimers,
  };
}

function checkText(name: string, value: unknown, bytesMax: number): void {
  const isText = typeof value === "string" && value !== "" && isWellFormed(value);
  if (isText && encodeUtf8(value).length <= bytesMax) return;
  throw invalid(name, value, `texts of 1 to ${bytesMax} bytes of UTF-8`);
}

function addressOption(name: string, text: string): SocketAddress {
  const address = parseSocketAddress(text);
  if (address === undefined) throw invalid(name, text, "ip:port and [ipv6]:port");
  return address;
}

function invalid(name: string, value: unknown, allowed: string): CaucusError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 200)) : String(value);
  return new CaucusError("invalid_argument", `${name} is ${shown}, allowed are ${allowed}`);
}
