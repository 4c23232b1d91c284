import type { KeyRecord } from "./record.ts";

/** Answer of one applied command. */
export type CommandResult =
  | {
      readonly kind: "done";
      /** The revision of this command; unchanged from before when nothing was written. */
      readonly revision: number;
      /** Keys that a delete or delete-range removed, or operations that a batch ran. */
      readonly count: number;
      /** What the key held before; get-and-set only. */
      readonly previous: KeyRecord | undefined;
    }
  | {
      readonly kind: "transaction";
      readonly revision: number;
      readonly succeeded: boolean;
      /** One per operation of the branch that ran, in order; empty unless asked for. */
      readonly previous: readonly (KeyRecord | undefined)[];
    }
  | {
      readonly kind: "compare-and-set";
      readonly revision: number;
      readonly succeeded: boolean;
      /** What the key holds now. */
      readonly current: KeyRecord | undefined;
    }
  | { readonly kind: "session"; readonly revision: number; readonly session: number }
  /** Nothing was executed. */
  | {
      readonly kind: "refused";
      readonly reason:
        | "session-expired"
        | "session-limit"
        | "sequence-gone"
        | "too-many-keys"
        | "invalid";
      readonly message: string;
    };
