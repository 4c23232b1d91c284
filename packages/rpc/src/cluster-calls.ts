import type { ClusterId, Member, MemberKey } from "@caucus/raft";

/** Who a node is: the answer of the handshake, asked by address. */
export interface Identity {
  readonly member: Member;
  /** Undefined while it belongs to no cluster. */
  readonly cluster: ClusterId | undefined;
  /** How often this data directory has been started. */
  readonly startCounter: number;
  /** The last durable log index of the node, 0 when empty. */
  readonly lastIndex: number;
  /** Who it believes leads. */
  readonly leader: Member | undefined;
}

/** A bootstrap promise (docs/decisions/0006). Fsynced before it is given, exclusive, withdrawn only by the asker. */
export interface BootstrapPromise {
  readonly asker: MemberKey;
  /** The cluster that the asker would create. */
  readonly cluster: ClusterId;
  /** All voters that it would have. */
  readonly members: readonly Member[];
}

export type PromiseReply =
  | { readonly kind: "granted" }
  /** It has promised itself to another asker, or its key is not the listed one. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "member"; readonly cluster: ClusterId };

/** A node asks the leader to take it in, or confirms its address. */
export interface JoinRequest {
  readonly cluster: ClusterId;
  readonly member: Member;
  readonly startCounter: number;
  readonly lastIndex: number;
  /** It found the cluster by gossip; nobody told it to join: taken in only under that policy. */
  readonly nominated: boolean;
}

export type JoinReply =
  /** It is (now) a learner or voter. */
  | { readonly kind: "member" }
  | { readonly kind: "not-leader"; readonly leader: Member | undefined }
  /** Ask again later: a change is in progress, or the label's holder is not yet long enough away. */
  | { readonly kind: "wait"; readonly message: string }
  /** Never: removed key, start counter or log went back, label held by a live node, … */
  | { readonly kind: "refused"; readonly message: string };

export type AdminMethod =
  | "add-learner"
  | "change-membership"
  | "remove-member"
  | "set-membership-policy"
  | "transfer-leadership"
  | "explain";

/** One unary call between nodes that only `node` understands: JSON with bytes as base64. */
export interface AdminRequest {
  readonly method: AdminMethod;
  readonly body: string;
}

export interface AdminReply {
  /** JSON of the result, or of a CaucusError when `failed`. */
  readonly failed: boolean;
  readonly body: string;
}

/** A write sent on to the leader. The leader answers each exactly once, in any order. */
export interface ForwardedWrite {
  readonly number: number;
  /** Encoded command and session tag, as kv's wire format. */
  readonly data: Uint8Array;
  /** How long the asker still waits. */
  readonly timeoutMs: number;
}

export interface ForwardedReply {
  readonly number: number;
  /** `outcome` tells a failed write apart: `not-appended` may be sent again. */
  readonly kind: "applied" | "not-appended" | "unknown";
  /** Encoded result when applied, else UTF-8 text of the reason. */
  readonly data: Uint8Array;
  readonly index: number;
  readonly term: number;
}

/** What a node answers to other nodes beside Raft messages. Every method may be called at any time. */
export interface ClusterHandler {
  identify(): Identity;
  promise(request: BootstrapPromise): Promise<PromiseReply>;
  /** Only the asker's own promise is dropped. */
  withdraw(asker: MemberKey, cluster: ClusterId): Promise<void>;
  /** The promised cluster exists now: start Raft in it. */
  invite(asker: MemberKey, cluster: ClusterId): Promise<void>;
  join(request: JoinRequest): Promise<JoinReply>;
  admin(request: AdminRequest): Promise<AdminReply>;
  /** A forwarded write; `reply` is called once. */
  forward(write: ForwardedWrite, reply: (reply: ForwardedReply) => void): void;
}

/** The client side of {@link ClusterHandler}, by address. Rejects with CaucusError `unavailable` or `timeout`. */
export interface ClusterCalls {
  identify(address: string, timeoutMs: number): Promise<Identity>;
  promise(address: string, request: BootstrapPromise, timeoutMs: number): Promise<PromiseReply>;
  withdraw(address: string, asker: MemberKey, cluster: ClusterId, timeoutMs: number): Promise<void>;
  invite(address: string, asker: MemberKey, cluster: ClusterId, timeoutMs: number): Promise<void>;
  join(address: string, request: JoinRequest, timeoutMs: number): Promise<JoinReply>;
  admin(address: string, request: AdminRequest, timeoutMs: number): Promise<AdminReply>;
  /**
   * On one stream per address. A stream that breaks answers everything on it: writes that were
   * never sent as `not-appended`, all others as `unknown`.
   */
  forward(
    address: string,
    write: Omit<ForwardedWrite, "number">,
    reply: (reply: ForwardedReply) => void,
  ): void;
}
