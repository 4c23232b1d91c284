import type { MemberKey } from "@caucus/raft";

/** What is remembered of a key; the oldest goes first. */
const PEERS_MAX = 1_024;

interface PeerRecord {
  startCounter: number;
  rpcAddress: string;
  contactMs: number;
}

/**
 * What this process has learned of its peers from handshakes, in both directions. Shared by the
 * server, which hears them, and the transport, which calls them: a peer that has just called is
 * called back at once, at the address that it named.
 */
export class PeerRegistry {
  readonly #peers: Map<MemberKey, PeerRecord> = new Map();
  readonly #nowMs: () => number;
  #onCall: ((key: MemberKey, restarted: boolean) => void) | undefined;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The counter that `key` was last seen with. */
  startCounterOf(key: MemberKey): number | undefined {
    return this.#peers.get(key)?.startCounter;
  }

  /**
   * A handshake of `key`, in either direction. False when it was seen with a later counter: this
   * is a copy or an old state of a data directory that has since been started again.
   */
  greet(key: MemberKey, startCounter: number, rpcAddress: string): boolean {
    const known = this.#peers.get(key);
    if (known !== undefined && startCounter < known.startCounter) return false;
    // Set anew, so that the map's order is the order of the last greetings.
    this.#peers.delete(key);
    this.#peers.set(key, { startCounter, rpcAddress, contactMs: this.#nowMs() });
    const oldest = this.#peers.keys().next();
    if (this.#peers.size > PEERS_MAX && !oldest.done) this.#peers.delete(oldest.value);
    return true;
  }

  /** Something arrived from `key`. */
  touch(key: MemberKey): void {
    const known = this.#peers.get(key);
    if (known !== undefined) known.contactMs = this.#nowMs();
  }

  /**
   * The peer has opened its stream to us, so it can be reached now. `restarted`: streams to its
   * earlier process lead nowhere.
   */
  called(key: MemberKey, restarted: boolean): void {
    this.#onCall?.(key, restarted);
  }

  /** One observer: the transport. */
  observe(onCall: ((key: MemberKey, restarted: boolean) => void) | undefined): void {
    this.#onCall = onCall;
  }

  /** Where the peer says it is reached. */
  addressOf(key: MemberKey): string | undefined {
    return this.#peers.get(key)?.rpcAddress;
  }

  /** Milliseconds since it was last heard; undefined when never. */
  lastContactMs(key: MemberKey): number | undefined {
    const known = this.#peers.get(key);
    return known === undefined ? undefined : this.#nowMs() - known.contactMs;
  }
}
