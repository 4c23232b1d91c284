import { type Logger, type Rng, silentLogger } from "@caucus/base";
import {
  MEMBERS_MAX,
  type Member,
  type MemberKey,
  type Message,
  type PeerTransport,
  type SnapshotHeader,
  type SnapshotOutcome,
  type SnapshotSource,
} from "@caucus/raft";
import { type LinkContext, type LinkState, PeerLink } from "./peer-link.ts";
import type { PeerRegistry } from "./peer-registry.ts";
import type { LocalPeer } from "./protocol.ts";
import { RPC_DEFAULTS, type RpcConfig } from "./rpc-config.ts";
import { type SnapshotSending, startSnapshotSending } from "./snapshot-sender.ts";

export interface GrpcPeerTransportOptions {
  readonly self: LocalPeer;
  /** The one that the server of this node uses too. */
  readonly registry: PeerRegistry;
  readonly rng: Rng;
  /** Default: RPC_DEFAULTS. */
  readonly config?: RpcConfig;
  readonly logger?: Logger;
}

/** How a peer is reached, for status. */
export interface PeerLinkStatus {
  readonly state: LinkState;
  /** Since anything of the peer was received, in ms; undefined when never. */
  readonly lastContactMs: number | undefined;
  /** Why it refuses us, if it does. */
  readonly refusal: string | undefined;
  /** Messages dropped, because the queue was full or the peer away. */
  readonly dropped: number;
}

/** Raft's {@link PeerTransport} over gRPC. Drives nothing by itself once closed. */
export class GrpcPeerTransport implements PeerTransport {
  readonly #context: LinkContext;
  readonly #links: Map<MemberKey, PeerLink> = new Map();
  readonly #snapshots: Map<MemberKey, SnapshotSending> = new Map();
  #members: ReadonlyMap<MemberKey, Member> = new Map();
  #closed: boolean = false;

  constructor(options: GrpcPeerTransportOptions) {
    const { self, registry, rng, config = RPC_DEFAULTS, logger = silentLogger } = options;
    this.#context = { self, registry, rng, config, logger };
    registry.observe((key, restarted) => this.#called(key, restarted));
  }

  /** All members of the configuration in force; this node may be among them. */
  setPeers(members: readonly Member[]): void {
    if (this.#closed) return;
    this.#members = new Map(members.map((member) => [member.key, member]));
    for (const [key, link] of this.#links) {
      if (this.#members.has(key)) continue;
      link.close();
      this.#links.delete(key);
    }
    for (const key of this.#members.keys()) {
      const addresses = this.#addressesOf(key);
      if (key !== this.#context.self.member.key && addresses.length > 0) {
        this.#linkTo(key)?.setAddresses(addresses);
      }
    }
  }

  send(message: Message): void {
    const link = this.#links.get(message.to) ?? this.#openLearned(message.to);
    link?.send(message);
  }

  sendSnapshot(
    header: SnapshotHeader,
    source: SnapshotSource,
    done: (outcome: SnapshotOutcome) => void,
  ): void {
    const key = header.to;
    const addresses = this.#addressesOf(key);
    const address = this.#links.get(key)?.address ?? addresses[0];
    if (this.#closed || address === undefined || this.#snapshots.has(key)) {
      source.close();
      setImmediate(() => done("failed"));
      return;
    }
    const sending = startSnapshotSending(address, header, source, this.#context, (outcome) => {
      this.#snapshots.delete(key);
      done(outcome);
    });
    this.#snapshots.set(key, sending);
  }

  /** Undefined for keys that were never a peer. */
  peerStatus(key: MemberKey): PeerLinkStatus | undefined {
    const link = this.#links.get(key);
    if (link === undefined) return undefined;
    const { state, refusal, dropped } = link;
    return { state, refusal, dropped, lastContactMs: this.lastContactMs(key) };
  }

  /** Milliseconds since anything of the peer was received; undefined when never. */
  lastContactMs(key: MemberKey): number | undefined {
    return this.#context.registry.lastContactMs(key);
  }

  /** Ends all streams and snapshots at once; their `done` answers `failed`. */
  close(): void {
    this.#closed = true;
    this.#context.registry.observe(undefined);
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    for (const sending of this.#snapshots.values()) sending.cancel();
  }

  /** The address that the peer itself named last, then the one in the configuration. */
  #addressesOf(key: MemberKey): string[] {
    const learned = this.#context.registry.addressOf(key);
    const configured = this.#members.get(key)?.rpcAddress;
    const addresses = [learned, configured].filter((address) => address !== undefined);
    return [...new Set(addresses.filter((address) => address !== ""))];
  }

  #called(key: MemberKey, restarted: boolean): void {
    const link = this.#links.get(key);
    if (link === undefined) return;
    link.setAddresses(this.#addressesOf(key));
    if (restarted) link.reconnect();
  }

  /**
   * A member that is not in our configuration yet, as the leader is not for one whose log is
   * still empty, has told its address when it called: answers go there.
   */
  #openLearned(key: MemberKey): PeerLink | undefined {
    const addresses = this.#addressesOf(key);
    if (this.#closed || addresses.length === 0) return undefined;
    const link = this.#linkTo(key);
    link?.setAddresses(addresses);
    return link;
  }

  #linkTo(key: MemberKey): PeerLink | undefined {
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    if (this.#links.size >= 2 * MEMBERS_MAX) return undefined;
    const link = new PeerLink(key, this.#context);
    this.#links.set(key, link);
    return link;
  }
}
