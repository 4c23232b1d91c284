/**
 * The asker's side of Cluster.Forward to one address. A write is handed to the stream only once
 * the stream stands; what never was is certainly `not-appended`, what was and has no answer is
 * `unknown`.
 */
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import { clientOptions } from "./channel-options.ts";
import type { ForwardedReply, ForwardedWrite } from "./cluster-calls.ts";
import { fromForwardedReplyMessage } from "./cluster-wire.ts";
import type { ForwardedRepliesMessage, ForwardedWritesMessage } from "./proto-types.ts";
import type { RpcConfig } from "./rpc-config.ts";
import { clusterService } from "./service-definitions.ts";

/** How often writes past their time are looked for, in ms. No timer per write. */
const SWEEP_MS = 50;

interface Pending {
  readonly write: ForwardedWrite;
  readonly reply: (reply: ForwardedReply) => void;
  readonly deadlineMs: number;
  sent: boolean;
}

interface Attempt {
  readonly client: Client;
  readonly call: ClientDuplexStream<ForwardedWritesMessage, ForwardedRepliesMessage>;
  readonly timer: NodeJS.Timeout;
  standing: boolean;
}

export class ForwardLink {
  readonly #address: string;
  readonly #config: RpcConfig;
  readonly #pending: Map<number, Pending> = new Map();
  #unsent: Pending[] = [];
  #attempt: Attempt | undefined;
  #flushQueued: boolean = false;
  #nextNumber = 1;
  #pendingBytes = 0;
  #sweepTimer: NodeJS.Timeout | undefined;

  constructor(address: string, config: RpcConfig) {
    this.#address = address;
    this.#config = config;
  }

  /** Writes without an answer. */
  get pending(): number {
    return this.#pending.size;
  }

  /** `reply` is called once, never inside this call. */
  forward(write: Omit<ForwardedWrite, "number">, reply: (reply: ForwardedReply) => void): void {
    const number = this.#nextNumber++;
    const limit = this.#limitReached(write.data.length);
    if (limit !== undefined) {
      const reason = `overloaded: ${limit} already wait for ${this.#address}`;
      setImmediate(() => reply(failed(number, "not-appended", reason)));
      return;
    }
    const deadlineMs = performance.now() + write.timeoutMs;
    const pending: Pending = { write: { ...write, number }, reply, deadlineMs, sent: false };
    this.#pending.set(number, pending);
    this.#pendingBytes += write.data.length;
    this.#unsent.push(pending);
    this.#sweepTimer ??= setInterval(() => this.#sweep(), SWEEP_MS);
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => {
      this.#flushQueued = false;
      if (this.#attempt === undefined) this.#connect();
      else this.#flush();
    });
  }

  /** Answers everything that is pending. */
  close(): void {
    this.#fail("this node is stopping");
  }

  /** The limit that a further write would exceed. */
  #limitReached(bytes: number): string | undefined {
    const { forwardsMax, forwardBytesMax } = this.#config;
    if (this.#pending.size >= forwardsMax) return `${forwardsMax} forwarded writes`;
    return this.#pendingBytes + bytes > forwardBytesMax
      ? `${forwardBytesMax} bytes of forwarded writes`
      : undefined;
  }

  #connect(): void {
    const client = new Client(
      this.#address,
      credentials.createInsecure(),
      clientOptions(this.#config),
    );
    const { path, requestSerialize, responseDeserialize } = clusterService.Forward;
    const call: Attempt["call"] = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
    );
    const lost = (why: string): void => {
      if (this.#attempt === attempt) this.#fail(`${this.#address}: ${why}`);
    };
    const timer = setTimeout(() => lost("no answer"), this.#config.handshakeTimeoutMs);
    const attempt: Attempt = { client, call, timer, standing: false };
    this.#attempt = attempt;
    call.on("metadata", () => {
      clearTimeout(timer);
      attempt.standing = true;
      if (this.#attempt === attempt) this.#flush();
    });
    call.on("data", ({ replies }: ForwardedRepliesMessage) => {
      for (const reply of replies) this.#answer(fromForwardedReplyMessage(reply));
    });
    call.on("drain", () => this.#flush());
    call.on("error", (error) => lost(error.message));
    call.on("end", () => lost("stream ended"));
  }

  #flush(): void {
    const attempt = this.#attempt;
    if (attempt === undefined || !attempt.standing || attempt.call.writableNeedDrain) return;
    // Those that were answered by their deadline are left out.
    const batch = this.#unsent.filter((pending) => this.#pending.has(pending.write.number));
    this.#unsent = [];
    const bytesMax = this.#config.frameBytesMax;
    let writes: ForwardedWrite[] = [];
    let bytes = 0;
    for (const pending of batch) {
      pending.sent = true;
      writes.push(pending.write);
      bytes += pending.write.data.length;
      if (bytes < bytesMax) continue;
      attempt.call.write({ writes });
      writes = [];
      bytes = 0;
    }
    if (writes.length > 0) attempt.call.write({ writes });
  }

  #answer(reply: ForwardedReply): void {
    const pending = this.#pending.get(reply.number);
    if (pending === undefined) return;
    this.#pending.delete(reply.number);
    this.#pendingBytes -= pending.write.data.length;
    if (this.#pending.size === 0) this.#stopSweeping();
    pending.reply(reply);
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [number, { deadlineMs, sent }] of this.#pending) {
      if (deadlineMs > nowMs) continue;
      this.#answer(failed(number, sent ? "unknown" : "not-appended", "timeout"));
    }
  }

  #stopSweeping(): void {
    clearInterval(this.#sweepTimer);
    this.#sweepTimer = undefined;
  }

  #fail(reason: string): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt !== undefined) {
      clearTimeout(attempt.timer);
      attempt.call.cancel();
      attempt.client.close();
    }
    this.#unsent = [];
    const pending = [...this.#pending];
    this.#pending.clear();
    this.#pendingBytes = 0;
    this.#stopSweeping();
    for (const [number, { sent, reply }] of pending) {
      reply(failed(number, sent ? "unknown" : "not-appended", reason));
    }
  }
}

const encoder = new TextEncoder();

function failed(number: number, kind: "unknown" | "not-appended", reason: string): ForwardedReply {
  return { number, kind, data: encoder.encode(reason), index: 0, term: 0 };
}
