import {
  type ClusterId,
  decodeMessages,
  decodeSnapshotHeader,
  encodeMessages,
  encodeSnapshotHeader,
  type MemberKey,
  type Message,
  type PeerHandler,
  type PeerTransport,
  type SnapshotHeader,
  type SnapshotOutcome,
  type SnapshotReceiver,
  type SnapshotSource,
} from "@caucus/raft";

/** Messages that one member has queued and not delivered. */
const QUEUE_MAX = 4_096;

/**
 * Members of one process that reach each other without sockets. Everything passes through the
 * wire formats, so that nobody shares an object with a peer, and arrives in a later turn.
 */
export class MemoryNetwork {
  readonly cluster: ClusterId;
  readonly #handlers: Map<MemberKey, PeerHandler> = new Map();

  constructor(cluster: ClusterId) {
    this.cluster = cluster;
  }

  /** Adds a member. Without `detach` it stays reachable. */
  attach(key: MemberKey, handler: PeerHandler): PeerTransport {
    this.#handlers.set(key, handler);
    return new MemoryTransport(this, key);
  }

  detach(key: MemberKey): void {
    this.#handlers.delete(key);
  }

  handlerOf(key: MemberKey): PeerHandler | undefined {
    return this.#handlers.get(key);
  }
}

class MemoryTransport implements PeerTransport {
  readonly #network: MemoryNetwork;
  readonly #key: MemberKey;
  #queue: Message[] = [];

  constructor(network: MemoryNetwork, key: MemberKey) {
    this.#network = network;
    this.#key = key;
  }

  send(message: Message): void {
    if (this.#queue.length >= QUEUE_MAX) return;
    this.#queue.push(message);
    if (this.#queue.length === 1) setImmediate(() => this.#deliver());
  }

  sendSnapshot(
    header: SnapshotHeader,
    source: SnapshotSource,
    done: (outcome: SnapshotOutcome) => void,
  ): void {
    const copy = decodeSnapshotHeader(encodeSnapshotHeader(header));
    setImmediate(() => {
      const handler = this.#network.handlerOf(header.to);
      const receiver = handler?.receiveSnapshot(copy);
      const end = (outcome: SnapshotOutcome): void => {
        source.close();
        done(outcome);
      };
      if (handler === undefined) end("failed");
      else if (receiver === undefined) end("refused");
      else passSnapshot(copy, source, handler, receiver, end);
    });
  }

  #deliver(): void {
    const queue = this.#queue;
    this.#queue = [];
    const from = this.#key;
    const { cluster } = this.#network;
    for (const to of new Set(queue.map((message) => message.to))) {
      const header = { cluster, from, to };
      const messages = queue.filter((message) => message.to === to);
      const frame = decodeMessages(encodeMessages(header, messages), header);
      if (frame.kind === "messages") this.#network.handlerOf(to)?.receive(frame.messages);
    }
  }
}

function passSnapshot(
  header: SnapshotHeader,
  source: SnapshotSource,
  handler: PeerHandler,
  receiver: SnapshotReceiver,
  end: (outcome: SnapshotOutcome) => void,
): void {
  const fail = (): void => {
    receiver.abort();
    end("failed");
  };
  const next = (error?: Error): void => {
    if (error !== undefined) {
      fail();
      return;
    }
    try {
      const chunk = source.next();
      if (chunk === undefined) finish();
      else receiver.write(chunk.slice(), next);
    } catch {
      fail();
    }
  };
  const finish = (): void => {
    receiver.finish((result) => {
      if (result instanceof Error) return end("failed");
      handler.snapshotReceived(header, result);
      end("delivered");
    });
  };
  next();
}
