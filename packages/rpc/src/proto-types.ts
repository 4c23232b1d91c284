import type { Member } from "@caucus/raft";

/** The shapes that proto-loader gives and takes for proto/*.proto, with our loader options. */

export interface HelloMessage {
  readonly protocol: number;
  readonly cluster: string;
  readonly member: Member | null;
  readonly expectedKey: string;
  readonly startCounter: number;
}

/** Exactly one field is set. */
export interface PeerMessage {
  readonly hello?: HelloMessage;
  readonly frame?: Uint8Array;
}

export type RefusalReason =
  | "OTHER"
  | "NO_CLUSTER"
  | "WRONG_CLUSTER"
  | "WRONG_KEY"
  | "OLD_START"
  | "PROTOCOL";

export interface RefusalMessage {
  readonly reason: RefusalReason;
  readonly message: string;
  readonly key: string;
  readonly cluster: string;
}

export interface WelcomeMessage {
  readonly key: string;
  readonly startCounter: number;
}

/** Exactly one field is set. */
export interface PeerAnswer {
  readonly welcome?: WelcomeMessage;
  readonly refusal?: RefusalMessage;
}

/** Exactly one field is set. */
export interface SnapshotPart {
  readonly header?: Uint8Array;
  readonly chunk?: Uint8Array;
  readonly end?: boolean;
}

export interface SnapshotAnswer {
  readonly delivered: boolean;
  readonly message: string;
}

export type Empty = Readonly<Record<string, never>>;

export interface IdentityMessage {
  readonly member: Member | null;
  readonly cluster: string;
  readonly startCounter: number;
  readonly lastIndex: number;
  readonly leader: Member | null;
}

export interface BootstrapPromiseMessage {
  readonly asker: string;
  readonly cluster: string;
  readonly members: readonly Member[];
}

/** Exactly one field is set. */
export interface PromiseReplyMessage {
  readonly granted?: Empty;
  readonly refused?: string;
  readonly cluster?: string;
}

export interface PromiseNameMessage {
  readonly asker: string;
  readonly cluster: string;
}

export interface JoinRequestMessage {
  readonly cluster: string;
  readonly member: Member | null;
  readonly startCounter: number;
  readonly lastIndex: number;
  readonly nominated: boolean;
}

/** Exactly one field is set. */
export interface JoinReplyMessage {
  readonly accepted?: Empty;
  readonly notLeader?: { readonly leader: Member | null };
  readonly wait?: string;
  readonly refused?: string;
}

export interface AdminRequestMessage {
  readonly method: string;
  readonly body: string;
}

export interface AdminReplyMessage {
  readonly failed: boolean;
  readonly body: string;
}

export interface ForwardedWritesMessage {
  readonly writes: readonly {
    readonly number: number;
    readonly data: Uint8Array;
    readonly timeoutMs: number;
  }[];
}

export interface ForwardedReplyMessage {
  readonly number: number;
  readonly kind: "UNKNOWN" | "NOT_APPENDED" | "APPLIED";
  readonly data: Uint8Array;
  readonly index: number;
  readonly term: number;
}

export interface ForwardedRepliesMessage {
  readonly replies: readonly ForwardedReplyMessage[];
}
