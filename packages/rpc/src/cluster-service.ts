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
  /** Ends each forward stream when all on it is answered; resolves when no call is open. */
  drain(): Promise<void>;
}

export function serveCluster(handler: ClusterHandler): ClusterServing {
  const open = new OpenCalls();
  const forwards = new ForwardStreams(handler, open);
  return {
    implementation: implement(handler, forwards, open),
    drain: () => {
      forwards.drain();
      return open.ended();
    },
  };
}

/** Counts calls: Node 24 closes sessions at once, so the server itself must know what is open. */
class OpenCalls {
  #count = 0;
  #waiting: (() => void)[] = [];

  begin(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  ended(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function implement(
  handler: ClusterHandler,
  forwards: ForwardStreams,
  open: OpenCalls,
): UntypedServiceImplementation {
  const unary = <Request, Reply>(method: (request: Request) => Promise<Reply>) =>
    answerUnary(method, open);
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

function answerUnary<Request, Reply>(
  method: (request: Request) => Promise<Reply>,
  open: OpenCalls,
): handleUnaryCall<Request, Reply> {
  return (call, respond) => {
    open.begin();
    // A method that throws at once fails like one that rejects.
    const answering = new Promise<Reply>((resolve) => resolve(method(call.request)));
    answering
      .then(
        (reply) => respond(null, reply),
        (thrown: unknown) => respond(toStatus(thrown)),
      )
      .finally(() => open.end());
  };
}

type ForwardCall = ServerDuplexStream<ForwardedWritesMessage, ForwardedRepliesMessage>;

class ForwardStreams {
  readonly #handler: ClusterHandler;
  readonly #open: OpenCalls;
  readonly #streams: Set<ForwardStream> = new Set();

  constructor(handler: ClusterHandler, open: OpenCalls) {
    this.#handler = handler;
    this.#open = open;
  }

  readonly handle: handleBidiStreamingCall<ForwardedWritesMessage, ForwardedRepliesMessage> = (
    call,
  ) => {
    const stream = new ForwardStream(call, this.#handler);
    this.#streams.add(stream);
    this.#open.begin();
    const close = (): void => {
      stream.close();
      if (this.#streams.delete(stream)) this.#open.end();
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
