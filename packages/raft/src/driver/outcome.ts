import type { Configuration } from "../core/configuration.ts";
import type { LogIndex, MemberKey, Term } from "../core/identity.ts";

/** Nothing was appended: certainly not applied, safe to send again elsewhere. */
export type NotAppended =
  | { readonly kind: "not-leader"; readonly leader: MemberKey | undefined }
  /** A bounded queue or the uncommitted bytes are at their limit. */
  | { readonly kind: "overloaded"; readonly limit: string }
  /** Leadership is being handed over. */
  | { readonly kind: "transferring" }
  | { readonly kind: "stopped" };

/** How a proposed command ended. */
export type ProposalOutcome =
  | {
      readonly kind: "applied";
      readonly index: LogIndex;
      readonly term: Term;
      /** What StateMachine.apply returned for it. */
      readonly result: unknown;
    }
  | NotAppended
  /** Another entry was committed in its place: certainly not applied. */
  | { readonly kind: "superseded" }
  /** The deadline passed, or the node stopped: it may or may not be applied later. */
  | { readonly kind: "unknown" };

export type ReadOutcome =
  /** The local state machine has applied everything acknowledged before the call. */
  | { readonly kind: "ready"; readonly index: LogIndex }
  | { readonly kind: "no-leader" }
  | { readonly kind: "timeout" }
  | { readonly kind: "overloaded"; readonly limit: string }
  | { readonly kind: "stopped" };

export type ChangeRefusal =
  | { readonly kind: "change-in-progress"; readonly index: LogIndex }
  /** The configuration that the proposal judged is not the one in force. */
  | { readonly kind: "configuration-moved"; readonly index: LogIndex }
  /** The request itself is wrong; the message names the rule. */
  | { readonly kind: "invalid"; readonly message: string };

export type ChangeOutcome =
  /** The final configuration is committed. */
  | {
      readonly kind: "changed";
      readonly index: LogIndex;
      readonly term: Term;
      readonly configuration: Configuration;
    }
  | ChangeRefusal
  | NotAppended
  | { readonly kind: "superseded" }
  | { readonly kind: "unknown" };

export type TransferOutcome =
  | { readonly kind: "transferred"; readonly to: MemberKey }
  | { readonly kind: "not-leader"; readonly leader: MemberKey | undefined }
  | { readonly kind: "invalid"; readonly message: string }
  /** The target did not take over in time. */
  | { readonly kind: "aborted" };
