/** The callee's side of the Cluster service: checks what came in and asks the ClusterHandler. */
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { ClusterHandler, ForwardedReply } from "./cluster-calls.ts";
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

export function clusterImplementation(handler: ClusterHandler): UntypedServiceImplementation {
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
    Forward: forward(handler),
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

/** Replies of one turn leave as one message. */
function forward(
  handler: ClusterHandler,
): handleBidiStreamingCall<ForwardedWritesMessage, ForwardedRepliesMessage> {
  return (call) => {
    let replies: ForwardedReplyMessage[] = [];
    let open = true;
    const close = (): void => {
      open = false;
    };
    const reply = (answer: ForwardedReply): void => {
      replies.push(toForwardedReplyMessage(answer));
      if (replies.length > 1) return;
      queueMicrotask(() => {
        if (open) call.write({ replies });
        replies = [];
      });
    };
    call.on("cancelled", close);
    call.on("error", close);
    call.on("end", () => {
      close();
      call.end();
    });
    call.on("data", ({ writes }: ForwardedWritesMessage) => {
      for (const write of writes) handler.forward(write, reply);
    });
    // Tells the caller that the stream stands: only now does it send writes.
    call.sendMetadata(new Metadata());
  };
}
