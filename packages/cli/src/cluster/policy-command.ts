import type { ClusterView, MembershipPolicy } from "@caucus/client";
import { type ClientFlags, clientOf, jsonText } from "../client/client-schema.ts";
import { printable } from "../client/table-text.ts";
import { type Command, defineCommand } from "../command/command.ts";
import { ADMIN_SCHEMA, idOf, leaderView } from "./admin-request.ts";

interface PolicyFlags extends ClientFlags {
  readonly automatic: "as-it-is" | "on" | "off";
  readonly readmit: string | undefined;
}

/** `caucus cluster policy`: what gossip may change, and what it has changed. */
export const POLICY_COMMAND: Command = defineCommand<PolicyFlags>({
  name: "cluster policy",
  summary: "shows or changes what automatic membership may do, and shows what it did",
  about: [
    "Nodes that gossip are made members by themselves where the policy of the cluster says so. It is part of the replicated state. A node that an operator has removed is left alone until it is readmitted.",
  ],
  schema: {
    automatic: {
      type: "choice",
      choices: ["as-it-is", "on", "off"],
      sayable: "flag",
      default: "as-it-is",
      doc: "Turns automatic membership on or off.",
    },
    readmit: {
      type: "text",
      sayable: "flag",
      placeholder: "ID",
      doc: "Lets automatic membership act on this node again.",
    },
    ...ADMIN_SCHEMA,
  },
  async run(flags, context) {
    const { automatic, readmit } = flags;
    const client = clientOf(flags);
    const change = {
      ...(automatic === "as-it-is" ? {} : { automatic: automatic === "on" }),
      ...(readmit === undefined ? {} : { readmit: [idOf(readmit)] }),
    };
    const isChange = Object.keys(change).length > 0;
    const changed = isChange ? await client.setMembershipPolicy(change) : undefined;
    const view = await leaderView(client);
    const policy = changed ?? view.policy;
    const { decisions } = view;
    context.stdout.write(
      flags.json ? jsonText({ policy, decisions }) : policyText(policy, decisions),
    );
    return "ok";
  },
});

function policyText(
  { automatic, paused }: MembershipPolicy,
  decisions: ClusterView["decisions"],
): string {
  const lines = decisions.map(
    ({ decision, reason, time }) => `  ${time}  ${printable(`${decision}: ${reason}`)}`,
  );
  return [
    `automatic membership: ${automatic ? "on" : "off"}`,
    `left alone: ${paused.length === 0 ? "nobody" : paused.join(", ")}`,
    "last decisions of the leader:",
    ...(lines.length === 0 ? ["  none"] : lines),
    "",
  ].join("\n");
}
