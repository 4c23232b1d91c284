/** The callee's side of the Cluster service: checks what came in and asks the ClusterHandler. */
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { ClusterHandler, ForwardedReply, ForwardedWrite } from "./cluster-calls.ts";
import {
  fromAdminMessage,
  fromJoinMessage,
  fromPromiseMessage,
  toForwardedReplyMessage,
  toIdentityMessage,
  toJoinReplyMessage,
  toPromiseReplyMessage,
} from "./cluster-wire.ts";
import { toStatus } from "./grpc-status.ts";
import type {
  AdminReplyMessage,
  AdminRequestMessage,
  BootstrapPromiseMessage,
  Empty,
  ForwardedRepliesMessage,
  ForwardedReplyMessage,
  ForwardedWritesMessage,
  IdentityMessage,
  JoinReplyMessage,
  JoinRequestMessage,
  PromiseNameMessage,
  PromiseReplyMessage,
} from "./proto-types.ts";
import { checkIdentity } from "./protocol.ts";

export interface ClusterServing {
  readonly implementation: UntypedServiceImplementation;
  /** Ends each forward stream as soon as everything on it is answered. */
  drain(): void;
}

export function serveCluster(handler: ClusterHandler): ClusterServing {
  const forwards = new ForwardStreams(handler);
  return { implementation: implement(handler, forwards), drain: () => forwards.drain() };
}

function implement(
  handler: ClusterHandler,
  forwards: ForwardStreams,
): UntypedServiceImplementation {
  return {
    Identify: unary<Empty, IdentityMessage>(async () => toIdentityMessage(handler.identify())),
    Promise: unary<BootstrapPromiseMessage, PromiseReplyMessage>(async (request) =>
      toPromiseReplyMessage(await handler.promise(fromPromiseMessage(request))),
    ),
    Withdraw: unary<PromiseNameMessage, Empty>(async ({ asker, cluster }) => {
      await handler.withdraw(checkIdentity(asker, "asker"), checkIdentity(cluster, "cluster"));
      return {};
    }),
    Invite: unary<PromiseNameMessage, Empty>(async ({ asker, cluster }) => {
      await handler.invite(checkIdentity(asker, "asker"), checkIdentity(cluster, "cluster"));
      return {};
    }),
    Join: unary<JoinRequestMessage, JoinReplyMessage>(async (request) =>
      toJoinReplyMessage(await handler.join(fromJoinMessage(request))),
    ),
    Admin: unary<AdminRequestMessage, AdminReplyMessage>((request) =>
      handler.admin(fromAdminMessage(request)),
    ),
    Forward: forwards.handle,
  };
}

function unary<Request, Reply>(
  method: (request: Request) => Promise<Reply>,
): handleUnaryCall<Request, Reply> {
  return (call, respond) => {
    // A method that throws at once fails like one that rejects.
    const answering = new Promise<Reply>((resolve) => resolve(method(call.request)));
    answering.then(
      (reply) => respond(null, reply),
      (thrown: unknown) => respond(toStatus(thrown)),
    );
  };
}

type ForwardCall = ServerDuplexStream<ForwardedWritesMessage, ForwardedRepliesMessage>;

class ForwardStreams {
  readonly #handler: ClusterHandler;
  readonly #streams: Set<ForwardStream> = new Set();

  constructor(handler: ClusterHandler) {
    this.#handler = handler;
  }

  readonly handle: handleBidiStreamingCall<ForwardedWritesMessage, ForwardedRepliesMessage> = (
    call,
  ) => {
    const stream = new ForwardStream(call, this.#handler);
    this.#streams.add(stream);
    const close = (): void => {
      stream.close();
      this.#streams.delete(stream);
    };
    call.on("cancelled", close);
    call.on("error", close);
    call.on("close", close);
    call.on("end", () => {
      close();
      call.end();
    });
    call.on("data", ({ writes }: ForwardedWritesMessage) => stream.take(writes));
    // Tells the caller that the stream stands: only now does it send writes.
    call.sendMetadata(new Metadata());
  };

  drain(): void {
    for (const stream of this.#streams) stream.drain();
  }
}

/** Replies of one turn leave as one message. */
class ForwardStream {
  readonly #call: ForwardCall;
  readonly #handler: ClusterHandler;
  #replies: ForwardedReplyMessage[] = [];
  #unanswered = 0;
  #draining: boolean = false;
  #open: boolean = true;

  constructor(call: ForwardCall, handler: ClusterHandler) {
    this.#call = call;
    this.#handler = handler;
  }

  take(writes: readonly ForwardedWrite[]): void {
    this.#unanswered += writes.length;
    for (const write of writes) this.#handler.forward(write, (reply) => this.#reply(reply));
  }

  drain(): void {
    this.#draining = true;
    if (this.#unanswered === 0) this.#call.end();
  }

  close(): void {
    this.#open = false;
  }

  #reply(reply: ForwardedReply): void {
    this.#unanswered--;
    this.#replies.push(toForwardedReplyMessage(reply));
    if (this.#replies.length > 1) return;
    queueMicrotask(() => {
      const replies = this.#replies;
      this.#replies = [];
      if (!this.#open) return;
      this.#call.write({ replies });
      if (this.#draining && this.#unanswered === 0) this.#call.end();
    });
  }
}
