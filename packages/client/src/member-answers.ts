/** What nodes answer about the members of a cluster. */
import {
  arrayField,
  booleanField,
  choiceField,
  fieldOf,
  numberField,
  optionalNumberField,
  optionalTextField,
  textField,
} from "./json.ts";

const ROLES = ["voter", "learner"] as const;
const STATES = ["live", "dead", "left", "unknown"] as const;

/** Somebody who is known by consensus, by gossip, or by both. */
export interface KnownMember {
  /** The number of `--id` as text, else the name in gossip. */
  readonly id: string;
  /** `host:port` of HTTP, when it is known. */
  readonly apiAddress: string | undefined;
  readonly rpcAddress: string | undefined;
  /** Undefined for a node that is no member of the Raft cluster. */
  readonly role: "voter" | "learner" | undefined;
  readonly isLeader: boolean;
  /** As gossip sees it; `unknown` for a member that does not gossip. */
  readonly state: "live" | "dead" | "left" | "unknown";
  /** The type of its service. */
  readonly service: string | undefined;
  readonly shard: number | undefined;
  readonly gossipAddress: string | undefined;
  readonly version: string | undefined;
}

/** Sentences that say why the cluster is as it is. */
export interface Explanation {
  /** Who leads, or why nobody does. */
  readonly leader: readonly string[];
  /** Why each node that is no voter is none. */
  readonly voters: readonly string[];
  /** What would happen if the node that was asked went away now. */
  readonly departure: readonly string[];
}

/** A committed change of the members. */
export interface MembershipReceipt {
  readonly index: number;
  readonly term: number;
  /** Ids of the members after the change. */
  readonly voters: readonly number[];
  readonly learners: readonly number[];
}

/** Reads the answer of `GET /members`. */
export function knownMembersOf(body: unknown): readonly KnownMember[] {
  const members = fieldOf(body, "members");
  const all: readonly unknown[] =
    typeof members === "object" && members !== null
      ? Object.values(members)
      : arrayField(body, "members");
  return all.map((member) => ({
    id: textField(member, "id"),
    apiAddress: optionalTextField(member, "endpoint"),
    rpcAddress: optionalTextField(member, "rpc_addr"),
    role:
      optionalTextField(member, "role") === undefined
        ? undefined
        : choiceField(member, "role", ROLES),
    isLeader: booleanField(member, "is_leader"),
    state: choiceField(member, "state", STATES),
    service: optionalTextField(member, "service"),
    shard: optionalNumberField(member, "shard"),
    gossipAddress: optionalTextField(member, "gossip_addr"),
    version: optionalTextField(member, "version"),
  }));
}

/** Reads the answer of `GET /api/cluster/explain`. */
export function explanationOf(body: unknown): Explanation {
  return {
    leader: sentencesOf(body, "leader"),
    voters: sentencesOf(body, "voters"),
    departure: sentencesOf(body, "departure"),
  };
}

/** Reads the answer of a membership change. */
export function membershipReceiptOf(body: unknown): MembershipReceipt {
  return {
    index: numberField(body, "index"),
    term: numberField(body, "term"),
    voters: arrayField(body, "voters").filter((id) => typeof id === "number"),
    learners: arrayField(body, "learners").filter((id) => typeof id === "number"),
  };
}

function sentencesOf(body: unknown, name: string): readonly string[] {
  return arrayField(body, name).filter((sentence) => typeof sentence === "string");
}
