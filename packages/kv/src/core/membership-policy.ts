import { decodeMembershipPolicy, encodeMembershipPolicy } from "../wire/state-codec.ts";
import type { SetMembershipPolicy } from "./command.ts";
import { MEMBERSHIP_KEY } from "./key-layout.ts";
import type { PendingState } from "./pending-state.ts";
import type { PointReader } from "./state-meta.ts";
import type { MembershipPolicy } from "./state-records.ts";

/** Labels that can be paused at the same time. */
export const PAUSED_LABELS_MAX = 4096;

const NO_POLICY: MembershipPolicy = { automatic: false, paused: [] };

/** Off, with nothing paused, until it is set. @throws DecodeError when the record is damaged */
export function readMembershipPolicy(reader: PointReader): MembershipPolicy {
  const bytes = reader.get(MEMBERSHIP_KEY);
  return bytes === undefined ? NO_POLICY : decodeMembershipPolicy(bytes);
}

/** K26: raises no revision, as it is about the cluster and not its data. */
export function setMembershipPolicy(
  state: PendingState,
  command: SetMembershipPolicy,
): { readonly kind: "set"; readonly changed: boolean } | { readonly kind: "full" } {
  const before = readMembershipPolicy(state);
  const paused = new Set([...before.paused, ...command.pause]);
  for (const label of command.readmit) paused.delete(label);
  if (paused.size > PAUSED_LABELS_MAX) return { kind: "full" };
  const after: MembershipPolicy = {
    automatic: command.automatic ?? before.automatic,
    paused: [...paused].sort((a, b) => a - b),
  };
  const changed = after.automatic !== before.automatic || !sameLabels(after, before);
  if (changed) state.put(MEMBERSHIP_KEY, encodeMembershipPolicy(after));
  return { kind: "set", changed };
}

function sameLabels(left: MembershipPolicy, right: MembershipPolicy): boolean {
  return (
    left.paused.length === right.paused.length &&
    left.paused.every((label, place) => label === right.paused[place])
  );
}
