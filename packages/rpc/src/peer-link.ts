/**
 * Everything that this node sends to one peer: a bounded queue and one stream, opened again with
 * back-off whenever it breaks.
 *
 *   waiting --(back-off over, or the peer called us)--> connecting --(welcome)--> open
 *      ^------------------(error, refusal, timeout)----------+-------------------/
 *
 * While `waiting` messages are dropped: Raft sends newer ones. While `connecting` they are kept.
 */
import type { Logger, Rng } from "@caucus/base";
import { encodeMessages, type FrameHeader, type MemberKey, type Message } from "@caucus/raft";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import { clientOptions } from "./channel-options.ts";
import { FrameQueue } from "./frame-queue.ts";
import type { PeerRegistry } from "./peer-registry.ts";
import type { PeerAnswer, PeerMessage, RefusalMessage, WelcomeMessage } from "./proto-types.ts";
import { type LocalPeer, OLD_START, PEER_PROTOCOL } from "./protocol.ts";
import type { RpcConfig } from "./rpc-config.ts";
import { peerService } from "./service-definitions.ts";

export type LinkState = "waiting" | "connecting" | "open";

/** What a link shares with all links of its transport. */
export interface LinkContext {
  readonly self: LocalPeer;
  readonly config: RpcConfig;
  readonly registry: PeerRegistry;
  readonly rng: Rng;
  readonly logger: Logger;
}

type MessageStream = ClientDuplexStream<PeerMessage, PeerAnswer>;

/** One attempt: its own connection, thrown away as a whole when it fails. */
interface Attempt {
  readonly client: Client;
  readonly call: MessageStream;
  readonly address: string;
  timer: NodeJS.Timeout;
}

export class PeerLink {
  readonly key: MemberKey;
  readonly #context: LinkContext;
  readonly #frameHeader: FrameHeader;
  readonly #queue: FrameQueue;
  #addresses: readonly string[] = [];
  #addressTurn = 0;
  #state: LinkState = "waiting";
  #attempt: Attempt | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #unsentBytes = 0;
  #flushQueued: boolean = false;
  #refusal: string | undefined;
  #dropped = 0;
  #closed: boolean = false;

  constructor(key: MemberKey, context: LinkContext) {
    this.key = key;
    this.#context = context;
    const { self, config } = context;
    this.#frameHeader = { cluster: self.cluster, from: self.member.key, to: key };
    this.#queue = new FrameQueue(config.queueMessagesMax, config.queueBytesMax);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Where the peer was reached; undefined unless the stream is open. */
  get address(): string | undefined {
    return this.#state === "open" ? this.#attempt?.address : undefined;
  }

  /** Why the peer last refused the handshake; undefined once it has accepted one. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Messages that were not sent, because the queue was full or the peer away. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Where to try, in turn. An open stream stays while its address is still listed. */
  setAddresses(addresses: readonly string[]): void {
    if (addresses.join() !== this.#addresses.join()) this.#addressTurn = 0;
    this.#addresses = addresses;
    const current = this.#attempt?.address;
    if (current !== undefined && !addresses.includes(current)) this.#fail("moved", current);
    if (this.#attempt === undefined) this.connectNow();
  }

  send(message: Message): void {
    if (this.#state === "waiting" || !this.#queue.push(message)) {
      this.#dropped++;
      return;
    }
    if (this.#flushQueued || this.#state !== "open") return;
    // One frame for everything that this turn of the event loop still queues.
    this.#flushQueued = true;
    queueMicrotask(() => {
      this.#flushQueued = false;
      this.#flush();
    });
  }

  /** The stream leads to a process that is gone. */
  reconnect(): void {
    if (this.#state === "open") this.#drop();
    this.connectNow();
  }

  /** The peer is there: skips the rest of the back-off. */
  connectNow(): void {
    if (this.#closed || this.#attempt !== undefined) return;
    clearTimeout(this.#retryTimer);
    const address = this.#addresses[this.#addressTurn % this.#addresses.length];
    if (address !== undefined) this.#connect(address);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    this.#drop();
  }

  #connect(address: string): void {
    const { config, self } = this.#context;
    const client = new Client(address, credentials.createInsecure(), clientOptions(config));
    const { path, requestSerialize, responseDeserialize } = peerService.Messages;
    const call: MessageStream = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
    );
    const fail = (why: string): void => {
      if (this.#attempt === attempt) this.#fail(why, address);
    };
    const timer = setTimeout(() => fail("no answer"), config.handshakeTimeoutMs);
    const attempt: Attempt = { client, call, address, timer };
    this.#attempt = attempt;
    this.#state = "connecting";
    call.on("error", (error) => fail(error.message));
    call.on("end", () => fail("stream ended"));
    call.on("drain", () => this.#flush());
    call.on("data", (answer: PeerAnswer) => {
      if (this.#attempt !== attempt) return;
      if (answer.welcome) this.#welcomed(attempt, answer.welcome);
      else if (answer.refusal) this.#refused(attempt, answer.refusal);
    });
    call.write({
      hello: {
        protocol: PEER_PROTOCOL,
        cluster: self.cluster,
        member: self.member,
        expectedKey: this.key,
        startCounter: self.startCounter,
      },
    });
  }

  #welcomed(attempt: Attempt, welcome: WelcomeMessage): void {
    const { registry, logger, config } = this.#context;
    const { address } = attempt;
    if (welcome.key !== this.key) {
      this.#report(`peer at ${address} answers with another key ${welcome.key}, not ${this.key}`);
      this.#fail("wrong key", address);
      return;
    }
    const named = registry.addressOf(this.key) ?? address;
    if (!registry.greet(this.key, welcome.startCounter, named)) {
      const seen = registry.startCounterOf(this.key);
      this.#report(
        `peer at ${address} has start counter ${welcome.startCounter}, ${seen} was seen: ${OLD_START}`,
      );
      this.#fail("old start counter", address);
      return;
    }
    clearTimeout(attempt.timer);
    attempt.timer = setTimeout(() => {
      this.#failures = 0;
    }, config.healthyMs);
    attempt.timer.unref();
    this.#refusal = undefined;
    this.#state = "open";
    logger.debug("peer stream open", { peer: this.key, address });
    this.#flush();
  }

  #refused(attempt: Attempt, refusal: RefusalMessage): void {
    const { address } = attempt;
    if (refusal.reason === "WRONG_KEY") {
      this.#report(`peer at ${address} answers with another key ${refusal.key}, not ${this.key}`);
    } else {
      // A peer that has no cluster yet will have one: nobody needs to act.
      const level = refusal.reason === "NO_CLUSTER" ? "info" : "warn";
      this.#report(`peer at ${address} refuses: ${refusal.message}`, level);
    }
    this.#fail(refusal.message, address);
  }

  /** Logged when it is news, not at each attempt. */
  #report(reason: string, level: "info" | "warn" = "warn"): void {
    if (this.#refusal === reason) return;
    this.#refusal = reason;
    this.#context.logger[level](reason, { peer: this.key });
  }

  #fail(why: string, address: string): void {
    const { config, rng, logger } = this.#context;
    this.#drop();
    if (this.#closed) return;
    if (this.#failures === 0) logger.debug("peer stream lost", { peer: this.key, address, why });
    const ceiling = Math.min(config.reconnectMaxMs, config.reconnectMinMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    this.#addressTurn++;
    const delayMs = ceiling * (0.5 + rng.next() / 2);
    this.#retryTimer = setTimeout(() => this.connectNow(), delayMs);
  }

  #drop(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    this.#state = "waiting";
    this.#unsentBytes = 0;
    this.#dropped += this.#queue.length;
    this.#queue.clear();
    if (attempt === undefined) return;
    clearTimeout(attempt.timer);
    attempt.call.cancel();
    attempt.client.close();
  }

  #flush(): void {
    const attempt = this.#attempt;
    const { unsentBytesMax, frameBytesMax } = this.#context.config;
    if (attempt === undefined || this.#state !== "open") return;
    while (this.#queue.length > 0 && this.#unsentBytes < unsentBytesMax) {
      if (attempt.call.writableNeedDrain) return;
      const frame = encodeMessages(this.#frameHeader, this.#queue.takeFrame(frameBytesMax));
      this.#unsentBytes += frame.length;
      attempt.call.write({ frame }, () => {
        if (this.#attempt !== attempt) return;
        this.#unsentBytes -= frame.length;
        this.#flush();
      });
    }
  }
}
