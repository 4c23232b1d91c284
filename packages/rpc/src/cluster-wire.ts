/** Between the types of cluster-calls.ts and the messages of proto/cluster.proto, with checks. */
import { CaucusError } from "@caucus/base";
import { MEMBERS_MAX } from "@caucus/raft";
import type {
  AdminMethod,
  AdminRequest,
  BootstrapPromise,
  ForwardedReply,
  Identity,
  JoinReply,
  JoinRequest,
  PromiseReply,
} from "./cluster-calls.ts";
import type {
  AdminRequestMessage,
  BootstrapPromiseMessage,
  ForwardedReplyMessage,
  IdentityMessage,
  JoinReplyMessage,
  JoinRequestMessage,
  PromiseReplyMessage,
} from "./proto-types.ts";
import { checkCounter, checkIdentity, checkMember } from "./protocol.ts";

const ADMIN_METHODS: readonly AdminMethod[] = [
  "add-learner",
  "change-membership",
  "remove-member",
  "set-membership-policy",
  "transfer-leadership",
  "explain",
];

export function toIdentityMessage(identity: Identity): IdentityMessage {
  const { member, cluster = "", startCounter, lastIndex, leader = null } = identity;
  return { member, cluster, startCounter, lastIndex, leader };
}

export function fromIdentityMessage(message: IdentityMessage): Identity {
  return {
    member: checkMember(message.member, "member"),
    cluster: message.cluster === "" ? undefined : checkIdentity(message.cluster, "cluster"),
    startCounter: checkCounter(message.startCounter, "startCounter"),
    lastIndex: checkCounter(message.lastIndex, "lastIndex"),
    leader: message.leader ? checkMember(message.leader, "leader") : undefined,
  };
}

export function fromPromiseMessage(message: BootstrapPromiseMessage): BootstrapPromise {
  const count = message.members.length;
  if (count === 0 || count > MEMBERS_MAX) {
    const text = `${count} members, allowed are 1 to ${MEMBERS_MAX}`;
    throw new CaucusError("invalid_argument", text);
  }
  return {
    asker: checkIdentity(message.asker, "asker"),
    cluster: checkIdentity(message.cluster, "cluster"),
    members: message.members.map((member, at) => checkMember(member, `members[${at}]`)),
  };
}

export function toPromiseReplyMessage(reply: PromiseReply): PromiseReplyMessage {
  switch (reply.kind) {
    case "granted":
      return { granted: {} };
    case "refused":
      return { refused: reply.message };
    case "member":
      return { cluster: reply.cluster };
  }
}

export function fromPromiseReplyMessage(message: PromiseReplyMessage): PromiseReply {
  if (message.granted) return { kind: "granted" };
  if (message.cluster !== undefined) {
    return { kind: "member", cluster: checkIdentity(message.cluster, "cluster") };
  }
  return { kind: "refused", message: message.refused ?? "an answer of an unknown kind" };
}

export function fromJoinMessage(message: JoinRequestMessage): JoinRequest {
  return {
    cluster: checkIdentity(message.cluster, "cluster"),
    member: checkMember(message.member, "member"),
    startCounter: checkCounter(message.startCounter, "startCounter"),
    lastIndex: checkCounter(message.lastIndex, "lastIndex"),
    nominated: message.nominated,
  };
}

export function toJoinReplyMessage(reply: JoinReply): JoinReplyMessage {
  switch (reply.kind) {
    case "member":
      return { accepted: {} };
    case "not-leader":
      return { notLeader: { leader: reply.leader ?? null } };
    case "wait":
      return { wait: reply.message };
    case "refused":
      return { refused: reply.message };
  }
}

export function fromJoinReplyMessage(message: JoinReplyMessage): JoinReply {
  if (message.accepted) return { kind: "member" };
  if (message.notLeader) {
    const { leader } = message.notLeader;
    return { kind: "not-leader", leader: leader ? checkMember(leader, "leader") : undefined };
  }
  if (message.refused !== undefined) return { kind: "refused", message: message.refused };
  return { kind: "wait", message: message.wait ?? "an answer of an unknown kind" };
}

export function fromAdminMessage(message: AdminRequestMessage): AdminRequest {
  const method = ADMIN_METHODS.find((known) => known === message.method);
  if (method === undefined) {
    const text = `method is ${JSON.stringify(message.method.slice(0, 40))}, allowed are ${ADMIN_METHODS.join(", ")}`;
    throw new CaucusError("invalid_argument", text);
  }
  return { method, body: message.body };
}

export function toForwardedReplyMessage(reply: ForwardedReply): ForwardedReplyMessage {
  const kind = FORWARDED_KINDS[reply.kind];
  return { ...reply, kind };
}

const FORWARDED_KINDS = {
  applied: "APPLIED",
  "not-appended": "NOT_APPENDED",
  unknown: "UNKNOWN",
} as const;

export function fromForwardedReplyMessage(message: ForwardedReplyMessage): ForwardedReply {
  const { number, data, index, term } = message;
  switch (message.kind) {
    case "APPLIED":
      return { number, kind: "applied", data, index, term };
    case "NOT_APPENDED":
      return { number, kind: "not-appended", data, index, term };
    default:
      return { number, kind: "unknown", data, index, term };
  }
}
