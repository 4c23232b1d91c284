import type { KnownMember } from "@caucus/client";
import { type Command, defineCommand } from "../command/command.ts";
import { CLIENT_SCHEMA, type ClientFlags, clientOf, jsonText } from "./client-schema.ts";
import { tableText } from "./table-text.ts";

/** `caucus members`: everybody that one of the nodes knows. */
export const MEMBERS_COMMAND: Command = defineCommand<ClientFlags>({
  name: "members",
  summary: "lists every known node with its role, its service, and whether it is alive",
  about: [
    "Lists the members of the Raft cluster and all nodes that gossip, as one of the nodes sees them. STATE is what gossip says; caucus status shows how far each member is.",
  ],
  schema: CLIENT_SCHEMA,
  async run(flags, context) {
    const members = await clientOf(flags).members();
    context.stdout.write(flags.json ? jsonText({ members: members.map(jsonOf) }) : textOf(members));
    return "ok";
  },
});

function textOf(members: readonly KnownMember[]): string {
  const header = ["ID", "API", "ROLE", "STATE", "SERVICE", "SHARD", "GOSSIP", "VERSION"];
  const rows = members.map((member) => [
    member.id,
    member.apiAddress ?? "-",
    member.isLeader ? `${member.role} (leader)` : (member.role ?? "-"),
    member.state,
    member.service ?? "-",
    member.shard === undefined ? "-" : String(member.shard),
    member.gossipAddress ?? "-",
    member.version ?? "-",
  ]);
  return `${tableText([header, ...rows])}\n`;
}

function jsonOf(member: KnownMember): object {
  return {
    id: member.id,
    api_addr: member.apiAddress ?? null,
    rpc_addr: member.rpcAddress ?? null,
    role: member.role ?? null,
    is_leader: member.isLeader,
    state: member.state,
    service: member.service ?? null,
    shard: member.shard ?? null,
    gossip_addr: member.gossipAddress ?? null,
    version: member.version ?? null,
  };
}
