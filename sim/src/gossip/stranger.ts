/**
 * Somebody without a place in the cluster, who can send any datagram from any address: garbage, old
 * datagrams again, nodes that do not exist, and words in the name of those that do.
 */
import type { ChitchatId, SocketAddress } from "@caucus/chitchat";
import { encodeMessage, type NodeDigest } from "@caucus/chitchat/wire";
import type { Dice } from "../dice.ts";
import type { GossipProcess } from "./gossip-process.ts";
import { CLUSTER_ID, type GossipWorld } from "./gossip-world.ts";

const OVERHEARD_MAX = 200;
const OVERHEARD_SHARE = 0.05;
const INVENTED_NODES = 20;
/** Nobody writes so much in a run: a version that the owner reached itself would go unnoticed. */
const FORGED_VERSION = 1_000_000n;
/**
 * Within reach: whoever has forgotten a node believes nothing below the heartbeat that it remembers,
 * and does not tell the victim of it.
 */
const FORGED_BEATS = 100n;

export class Stranger {
  readonly #world: () => GossipWorld;
  readonly #dice: Dice;
  readonly #overheard: Uint8Array[] = [];
  readonly #forged = new Set<GossipProcess>();

  /** `world` is asked for later: the stranger is a part of it. */
  constructor(world: () => GossipWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  /** A datagram passes by. */
  overhear(datagram: Uint8Array): void {
    if (!this.#dice.chance(OVERHEARD_SHARE)) return;
    if (this.#overheard.length < OVERHEARD_MAX) this.#overheard.push(datagram);
    else this.#overheard[this.#dice.integer(OVERHEARD_MAX)] = datagram;
  }

  sendGarbage(): void {
    this.#send("garbage", this.#garbage());
  }

  replay(): void {
    if (this.#overheard.length > 0)
      this.#send("replayed datagram", this.#dice.pick(this.#overheard));
  }

  inventNodes(): void {
    const digest: NodeDigest[] = [];
    for (let count = this.#dice.between(1, 5); count > 0; count--) {
      const number = this.#dice.integer(INVENTED_NODES);
      if (digest.some(({ id }) => id.nodeId === `invented-${number}`)) continue;
      digest.push({
        id: {
          nodeId: `invented-${number}`,
          generationId: 1n,
          gossipAdvertiseAddress: { host: "127.0.0.1", port: 9_000 + number },
        },
        heartbeat: BigInt(this.#dice.between(1, 1000)),
        lastGcVersion: 0n,
        maxVersion: BigInt(this.#dice.integer(5)),
      });
    }
    this.#send("invented node", encodeMessage({ kind: "syn", clusterId: CLUSTER_ID, digest }));
  }

  /** Speaks for one node to another: about its heartbeat, or about its keys. */
  forge(): void {
    const { machines, owners } = this.#world();
    // A node that has just taken a higher generation stays with it for ten minutes.
    const victims = machines.flatMap(({ process }) =>
      process === undefined ||
      !process.isStarted ||
      process.hasRaised ||
      process.isLeaving ||
      this.#forged.has(process)
        ? []
        : [process],
    );
    if (victims.length === 0) return;
    const victim = this.#dice.pick(victims);
    this.#forged.add(victim);
    const { id, idKey } = victim;
    owners.forged(idKey);
    const heartbeat = (victim.views.get(idKey)?.heartbeat ?? 0n) + FORGED_BEATS;
    const message = this.#dice.chance(0.5) ? forgedHeartbeat(id, heartbeat) : forgedKeys(id);
    this.#send("forgery", message);
  }

  #garbage(): Uint8Array {
    const dice = this.#dice;
    const overheard = this.#overheard.length > 0 ? dice.pick(this.#overheard) : undefined;
    if (overheard !== undefined && dice.chance(0.4)) {
      return overheard.subarray(0, dice.integer(overheard.length));
    }
    if (dice.chance(0.3)) {
      return encodeMessage({ kind: "syn", clusterId: "another", digest: [] });
    }
    const bytes = new Uint8Array(dice.integer(100));
    for (let at = 0; at < bytes.length; at++) bytes[at] = dice.integer(256);
    // Magic number, version and type: the rest is looked at.
    bytes.set([0x53, 0xb0, 0, dice.integer(4)].slice(0, bytes.length));
    return bytes;
  }

  #send(what: "garbage" | "replayed datagram" | "invented node" | "forgery", datagram: Uint8Array) {
    const { machines, counters, trace } = this.#world();
    const running = machines.filter(({ process }) => process?.isStarted === true);
    if (running.length === 0) return;
    const target = this.#dice.pick(running);
    counters.add(what);
    trace.record("fault", target.label, datagram.length, what.length, what);
    target.process?.receive(datagram, this.#source());
  }

  #source(): SocketAddress {
    const { machines } = this.#world();
    if (this.#dice.chance(0.5)) return this.#dice.pick(machines).address;
    return { host: "10.9.8.7", port: this.#dice.between(1, 65_535) };
  }
}

function forgedHeartbeat(id: ChitchatId, heartbeat: bigint): Uint8Array {
  const entry = { id, heartbeat, lastGcVersion: 0n, maxVersion: 0n };
  return encodeMessage({ kind: "syn", clusterId: CLUSTER_ID, digest: [entry] });
}

function forgedKeys(id: ChitchatId): Uint8Array {
  const version = FORGED_VERSION;
  const keyValues = [{ key: "k0", value: "forged", version, status: "set" as const }];
  const nodeDelta = {
    id,
    lastGcVersion: 0n,
    fromVersionExcluded: 0n,
    keyValues,
    maxVersion: version,
  };
  return encodeMessage({ kind: "ack", delta: [nodeDelta] });
}
