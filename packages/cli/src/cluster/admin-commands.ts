/** `caucus cluster add|promote|remove|transfer|explain|policy`: the members of a running cluster. */
import { CaucusError } from "@caucus/base";
import type { Client, ClusterView, MembershipReceipt } from "@caucus/client";
import { CLIENT_SCHEMA, type ClientFlags, clientOf, jsonText } from "../client/client-schema.ts";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { ADMIN_SCHEMA, idOf, leaderView } from "./admin-request.ts";
import { POLICY_COMMAND } from "./policy-command.ts";
import { createProgressBar } from "./progress-bar.ts";

const ID = { name: "ID", doc: "The number of --id of the node." } as const;

function printChange(
  flags: ClientFlags,
  context: CommandContext,
  said: string,
  { index, learners, term, voters }: MembershipReceipt,
): void {
  if (flags.json) {
    context.stdout.write(jsonText({ index, term, voters, learners }));
    return;
  }
  const list = (ids: readonly number[]): string => (ids.length === 0 ? "none" : ids.join(", "));
  context.stdout.write(`${said}; voters: ${list(voters)}; learners: ${list(learners)}\n`);
}

interface AddFlags extends ClientFlags {
  readonly noWait: boolean;
}

const ADD: Command = defineCommand<AddFlags>({
  name: "cluster add",
  summary: "makes a running node a learner, and waits until it has caught up",
  about: [
    "A learner gets everything and has no vote. The node must run and belong to no other cluster; caucus cluster promote makes it a voter.",
  ],
  positionals: [
    ID,
    {
      name: "ADDRESS",
      doc: "host:port of its gRPC; default the address that the cluster knows, for example by gossip.",
      optional: true,
    },
  ],
  schema: {
    noWait: { type: "flag", sayable: "flag", doc: "Ends as soon as it is a learner." },
    ...ADMIN_SCHEMA,
  },
  async run(flags, context, [text, rpcAddress]) {
    const id = idOf(text);
    const deadlineMs = performance.now() + flags.timeoutMs;
    const client = clientOf(flags);
    const receipt = await client.addLearner(id, rpcAddress === undefined ? {} : { rpcAddress });
    if (!flags.noWait) await untilCaughtUp(client, id, deadlineMs, context);
    // One that votes already is left as it is.
    const role = receipt.voters.includes(id) ? "voter" : "learner";
    const said = `node ${id} is a ${role}${flags.noWait ? "" : " and up to date"}`;
    printChange(flags, context, said, receipt);
    return "ok";
  },
});

const CATCH_UP_POLL_MS = 100;

/** Until it has what was committed when this began. */
async function untilCaughtUp(
  client: Client,
  id: number,
  deadlineMs: number,
  { stderr }: CommandContext,
): Promise<void> {
  const bar = createProgressBar({ sink: stderr });
  let target: number | undefined;
  try {
    while (performance.now() < deadlineMs) {
      const view = await leaderView(client);
      const match = view.members.find((member) => member.id === id)?.matchIndex ?? 0;
      target ??= view.commitIndex;
      if (match >= target) return;
      bar.update(match, target, `node ${id} has ${match} of ${target} log entries`);
      await new Promise((wake) => setTimeout(wake, CATCH_UP_POLL_MS));
    }
  } finally {
    bar.end();
  }
  throw new CaucusError(
    "timeout",
    `node ${id} is a learner and has not caught up in time; does it run, and is its address right? caucus status shows how far it is`,
  );
}

const PROMOTE: Command = defineCommand<ClientFlags>({
  name: "cluster promote",
  summary: "makes a learner a voter",
  about: ["Makes a learner that has caught up a voter, also when their number becomes even."],
  positionals: [ID],
  schema: ADMIN_SCHEMA,
  async run(flags, context, [text]) {
    const id = idOf(text);
    printChange(flags, context, `node ${id} is a voter`, await clientOf(flags).promote(id));
    return "ok";
  },
});

const REMOVE: Command = defineCommand<ClientFlags>({
  name: "cluster remove",
  summary: "removes a voter or learner from the cluster",
  about: [
    "Removes a member; it may be the leader. It stays out, whatever gossip says of it, until caucus cluster add takes it back. Its process is not stopped and its data is not touched.",
  ],
  positionals: [ID],
  schema: ADMIN_SCHEMA,
  async run(flags, context, [text]) {
    const id = idOf(text);
    printChange(flags, context, `node ${id} is removed`, await clientOf(flags).removeMember(id));
    return "ok";
  },
});

const TRANSFER: Command = defineCommand<ClientFlags>({
  name: "cluster transfer",
  summary: "hands leadership over to another voter",
  about: ["Hands leadership over to a voter, or to whichever the leader chooses."],
  positionals: [{ ...ID, optional: true }],
  schema: ADMIN_SCHEMA,
  async run(flags, context, [text]) {
    const client = clientOf(flags);
    await client.transferLeadership(text === undefined ? undefined : idOf(text));
    const { leader, term } = await viewWithLeader(client);
    if (flags.json) context.stdout.write(jsonText({ leader: leader ?? null, term }));
    else
      context.stdout.write(`leader: ${leader === undefined ? "none known" : `node ${leader}`}\n`);
    return "ok";
  },
});

const LEADER_LIMIT_MS = 2_000;
const LEADER_POLL_MS = 50;

/** The node that is asked may hear of the new leader a moment later. */
async function viewWithLeader(client: Client): Promise<ClusterView> {
  const deadlineMs = performance.now() + LEADER_LIMIT_MS;
  for (;;) {
    const view = await client.cluster();
    if (view.leader !== undefined || performance.now() > deadlineMs) return view;
    await new Promise((wake) => setTimeout(wake, LEADER_POLL_MS));
  }
}

const EXPLAIN: Command = defineCommand<ClientFlags>({
  name: "cluster explain",
  summary: "says in words who leads, who votes, and what if a node went away",
  about: [
    "Says why there is a leader or none, why each node that is no voter is none, and what would happen if the node that answers went away now.",
  ],
  schema: CLIENT_SCHEMA,
  async run(flags, context) {
    const explanation = await clientOf(flags).explain();
    if (flags.json) {
      context.stdout.write(jsonText(explanation));
      return "ok";
    }
    for (const [title, sentences] of [
      ["Leader", explanation.leader],
      ["Not voters", explanation.voters],
      ["If the node that answers went away now", explanation.departure],
    ] as const) {
      const lines = sentences.length === 0 ? ["none"] : sentences;
      context.stdout.write(`${title}:\n${lines.map((line) => `  ${line}\n`).join("")}`);
    }
    return "ok";
  },
});

export const ADMIN_COMMANDS: readonly Command[] = [
  EXPLAIN,
  ADD,
  PROMOTE,
  REMOVE,
  TRANSFER,
  POLICY_COMMAND,
];
