/**
 * The callee's side of Peer.Messages: judges the handshake, then hands frames to Raft. Nothing of
 * a frame behind its cluster and keys is read unless these are ours and the handshake's.
 */
import { DecodeError, type Logger } from "@caucus/base";
import {
  decodeMessages,
  type FrameHeader,
  isIdentity,
  type MemberKey,
  type PeerHandler,
} from "@caucus/raft";
import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import type { Identity } from "./cluster-calls.ts";
import { toStatus } from "./grpc-status.ts";
import type { PeerRegistry } from "./peer-registry.ts";
import type { HelloMessage, PeerAnswer, PeerMessage, RefusalReason } from "./proto-types.ts";
import { checkMember, OLD_START, PEER_PROTOCOL } from "./protocol.ts";
import type { RpcConfig } from "./rpc-config.ts";

/** What the services of one server share. */
export interface ServerContext {
  readonly config: RpcConfig;
  readonly registry: PeerRegistry;
  readonly logger: Logger;
  /** Who this node is at this moment. */
  identify(): Identity;
  /** Undefined until the node runs Raft, and when it stops. */
  peerHandler(): PeerHandler | undefined;
}

type PeerStream = ServerDuplexStream<PeerMessage, PeerAnswer>;

interface Refused {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Streams by the key that was proved by their handshake: a newer one ends the older. */
export class PeerStreams {
  readonly #context: ServerContext;
  readonly #streams: Map<MemberKey, PeerStream> = new Map();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  readonly handle: handleBidiStreamingCall<PeerMessage, PeerAnswer> = (call) => {
    let header: FrameHeader | undefined;
    const deadline = setTimeout(() => call.end(), this.#context.config.handshakeTimeoutMs);
    const ended = (): void => {
      clearTimeout(deadline);
      if (header !== undefined && this.#streams.get(header.from) === call) {
        this.#streams.delete(header.from);
      }
    };
    call.on("cancelled", ended);
    call.on("close", ended);
    call.on("error", ended);
    call.on("end", () => {
      ended();
      call.end();
    });
    call.on("data", (message: PeerMessage) => {
      if (header === undefined) {
        clearTimeout(deadline);
        header = this.#welcome(call, message.hello);
      } else if (this.#streams.get(header.from) === call) {
        this.#receive(call, header, message.frame);
      }
    });
  };

  /** Ends all streams: the callers see that this node leaves. */
  close(): void {
    for (const call of this.#streams.values()) call.end();
    this.#streams.clear();
  }

  /** The header that every frame of the stream must carry; undefined when refused. */
  #welcome(call: PeerStream, hello: HelloMessage | undefined): FrameHeader | undefined {
    const { registry } = this.#context;
    const identity = this.#context.identify();
    const own = identity.member.key;
    const before = hello?.member ? registry.startCounterOf(hello.member.key) : undefined;
    const refused = this.#judge(identity, hello);
    if (refused !== undefined || !hello?.member) {
      this.#refuse(call, identity, refused ?? { reason: "OTHER", message: "no handshake" });
      return undefined;
    }
    const { key } = hello.member;
    this.#streams.get(key)?.end();
    this.#streams.set(key, call);
    call.write({ welcome: { key: own, startCounter: identity.startCounter } });
    registry.called(key, before !== undefined && hello.startCounter > before);
    return { cluster: hello.cluster, from: key, to: own };
  }

  #judge(identity: Identity, hello: HelloMessage | undefined): Refused | undefined {
    const own = identity.member.key;
    if (hello?.protocol !== PEER_PROTOCOL) {
      const message = `protocol version ${hello?.protocol ?? 0}, supported is ${PEER_PROTOCOL}`;
      return { reason: "PROTOCOL", message };
    }
    if (identity.cluster === undefined || this.#context.peerHandler() === undefined) {
      return { reason: "NO_CLUSTER", message: "no cluster yet" };
    }
    if (hello.cluster !== identity.cluster) {
      const message = `this node belongs to cluster ${identity.cluster}, not ${shown(hello.cluster)}`;
      return { reason: "WRONG_CLUSTER", message };
    }
    if (hello.expectedKey !== own) {
      const message = `the key of this node is ${own}, not ${shown(hello.expectedKey)}`;
      return { reason: "WRONG_KEY", message };
    }
    try {
      checkMember(hello.member, "member");
    } catch (thrown) {
      return { reason: "OTHER", message: toStatus(thrown).details };
    }
    return this.#judgeKey(own, hello);
  }

  #judgeKey(own: MemberKey, { member, startCounter }: HelloMessage): Refused | undefined {
    if (member === null) return undefined;
    if (member.key === own) {
      return { reason: "WRONG_KEY", message: `the caller has the key of this node, ${own}` };
    }
    const { registry } = this.#context;
    if (registry.greet(member.key, startCounter, member.rpcAddress)) return undefined;
    const seen = registry.startCounterOf(member.key);
    const message = `start counter ${startCounter} of ${member.key}, but ${seen} was seen: ${OLD_START}`;
    return { reason: "OLD_START", message };
  }

  #refuse(call: PeerStream, identity: Identity, { reason, message }: Refused): void {
    const { logger } = this.#context;
    const fields = { peer: call.getPeer(), reason };
    if (reason === "OLD_START") logger.error(`peer refused: ${message}`, fields);
    else logger.debug(`peer refused: ${message}`, fields);
    const { member, cluster = "" } = identity;
    call.write({ refusal: { reason, message, key: member.key, cluster } });
    call.end();
  }

  #receive(call: PeerStream, expected: FrameHeader, bytes: Uint8Array | undefined): void {
    const { registry, logger } = this.#context;
    const handler = this.#context.peerHandler();
    if (handler === undefined) {
      const message = "no cluster yet";
      this.#refuse(call, this.#context.identify(), { reason: "NO_CLUSTER", message });
      return;
    }
    try {
      if (bytes === undefined) throw new DecodeError("a message that is no frame");
      const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const frame = decodeMessages(view, expected);
      registry.touch(expected.from);
      if (frame.kind === "messages") {
        handler.receive(frame.messages);
        return;
      }
      const { cluster, to } = frame.header;
      const reason = cluster === expected.cluster ? "WRONG_KEY" : "WRONG_CLUSTER";
      const message = `a frame for ${to} of cluster ${cluster}`;
      this.#refuse(call, this.#context.identify(), { reason, message });
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) throw thrown;
      logger.warn("a frame can't be read", { peer: expected.from, why: thrown.message });
      this.#refuse(call, this.#context.identify(), { reason: "OTHER", message: thrown.message });
    }
  }
}

/** Foreign text, cut down to what belongs into a log line. */
function shown(text: string): string {
  return isIdentity(text) ? text : JSON.stringify(text.slice(0, 40));
}
