import type { Member } from "../configuration.ts";
import type { LogIndex, MemberKey } from "../identity.ts";

/** A wish for another configuration: any voters to any voters in one call. */
export interface MembershipChange {
  /** The voters after the change; not empty. */
  readonly voters: readonly MemberKey[];
  /** The learners after the change; disjoint from `voters`. */
  readonly learners: readonly MemberKey[];
  /** Label and addresses of exactly the voters and learners; may update known ones. */
  readonly members: readonly Member[];
  /** Refused unless the configuration in force was set by the entry with this index. */
  readonly expectedConfigurationIndex?: LogIndex;
}
