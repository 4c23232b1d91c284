/** The callee's side of Peer.Snapshot: reads the next part only when the receiver has taken the last. */
import { DecodeError } from "@caucus/base";
import {
  decodeSnapshotHeader,
  type PeerHandler,
  type SnapshotHeader,
  type SnapshotReceiver,
} from "@caucus/raft";
import type { handleClientStreamingCall, ServerReadableStream, sendUnaryData } from "@grpc/grpc-js";
import { toStatus } from "./grpc-status.ts";
import type { ServerContext } from "./peer-service.ts";
import type { SnapshotAnswer, SnapshotPart } from "./proto-types.ts";

type SnapshotStream = ServerReadableStream<SnapshotPart, SnapshotAnswer>;

interface Incoming {
  readonly header: SnapshotHeader;
  readonly handler: PeerHandler;
  readonly receiver: SnapshotReceiver;
}

export function snapshotService(
  context: ServerContext,
): handleClientStreamingCall<SnapshotPart, SnapshotAnswer> {
  return (call, respond) => {
    const reception = new SnapshotReception(context, call, respond);
    call.on("data", (part: SnapshotPart) => reception.take(part));
    call.on("cancelled", () => reception.fail(new DecodeError("the sender has gone")));
    call.on("error", (error) => reception.fail(error));
    call.on("end", () => reception.fail(new DecodeError("a snapshot without its end")));
  };
}

class SnapshotReception {
  readonly #context: ServerContext;
  readonly #call: SnapshotStream;
  readonly #respond: sendUnaryData<SnapshotAnswer>;
  #incoming: Incoming | undefined;
  #stall: NodeJS.Timeout | undefined;
  /** The end has come: what happens on the stream from now on does not matter. */
  #finishing: boolean = false;
  #answered: boolean = false;

  constructor(
    context: ServerContext,
    call: SnapshotStream,
    respond: sendUnaryData<SnapshotAnswer>,
  ) {
    this.#context = context;
    this.#call = call;
    this.#respond = respond;
    this.#watch();
  }

  take(part: SnapshotPart): void {
    if (this.#answered || this.#finishing) return;
    this.#watch();
    try {
      if (this.#incoming === undefined) this.#begin(part.header);
      else if (part.chunk) this.#write(this.#incoming.receiver, part.chunk);
      else if (part.end) this.#finish(this.#incoming);
      else throw new DecodeError("a part that is neither chunk nor end");
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** The receiver is told to forget it all, and the sender why. */
  fail(thrown: unknown): void {
    if (this.#finishing || this.#answered) return;
    this.#incoming?.receiver.abort();
    this.#answer(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }

  #begin(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) throw new DecodeError("a snapshot without a header");
    const header = decodeSnapshotHeader(bytes);
    const { member, cluster } = this.#context.identify();
    if (header.cluster !== cluster || header.to !== member.key) {
      const message = `this is ${member.key} of cluster ${cluster ?? "none"}`;
      this.#answer({ delivered: false, message });
      return;
    }
    const handler = this.#context.peerHandler();
    const receiver = handler?.receiveSnapshot(header);
    if (handler === undefined || receiver === undefined) {
      this.#answer({ delivered: false, message: "not wanted now" });
      return;
    }
    this.#incoming = { header, handler, receiver };
  }

  #write(receiver: SnapshotReceiver, chunk: Uint8Array): void {
    let taken = false;
    receiver.write(chunk, (error) => {
      taken = true;
      if (error !== undefined) return this.fail(error);
      this.#watch();
      this.#call.resume();
    });
    if (!taken) this.#call.pause();
  }

  #finish({ header, handler, receiver }: Incoming): void {
    receiver.finish((result) => {
      if (this.#answered) {
        if (!(result instanceof Error)) result.discard();
        return;
      }
      if (result instanceof Error) return this.#answer(result);
      handler.snapshotReceived(header, result);
      this.#answer({ delivered: true, message: "" });
    });
    this.#finishing = true;
  }

  #answer(answer: SnapshotAnswer | Error): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#stall);
    if (this.#call.cancelled) return;
    if (answer instanceof Error) this.#respond(toStatus(answer));
    else this.#respond(null, answer);
  }

  #watch(): void {
    clearTimeout(this.#stall);
    if (this.#answered) return;
    const { snapshotStallMs } = this.#context.config;
    const late = new Error(`no part of the snapshot for ${snapshotStallMs} ms`);
    this.#stall = setTimeout(() => this.fail(late), snapshotStallMs);
  }
}
