/** `caucus status`: the cluster as the nodes at some endpoints see it. */
import type { Client, ClusterView, MemberView } from "@caucus/client";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { ExitError, type ExitName } from "../command/exit-codes.ts";
import type { OptionSchema } from "../command/option-schema.ts";
import {
  CLIENT_SCHEMA,
  type ClientFlags,
  clientOf,
  DEFAULT_ENDPOINTS,
  jsonText,
} from "./client-schema.ts";
import { tableText } from "./table-text.ts";

/** Each node has so long of its own, so it is less than elsewhere. */
export const STATUS_SCHEMA: OptionSchema<ClientFlags> = {
  ...CLIENT_SCHEMA,
  endpoint: {
    ...CLIENT_SCHEMA.endpoint,
    doc: "HTTP addresses of nodes. The first that answers names the members; those are asked too. CAUCUS_ENDPOINT in the environment sets another default.",
  },
  timeoutMs: {
    type: "integer",
    min: 1,
    max: 60_000,
    unit: "ms",
    default: 2_000,
    doc: "How long each node has to answer.",
  },
};

export const STATUS_COMMAND: Command = defineCommand<ClientFlags>({
  name: "status",
  summary: "shows the members of a cluster, its leader, terms and indexes",
  about: ["Shows the members of a cluster, who leads, and how far each node is."],
  schema: STATUS_SCHEMA,
  run: runStatus,
});

/** One line of the table: a member, a node that is no member, or both. */
interface NodeReport {
  readonly endpoint: string;
  readonly member: MemberView | undefined;
  readonly view: ClusterView | undefined;
  /** Why there is no view. */
  readonly error: string | undefined;
}

async function runStatus(flags: ClientFlags, context: CommandContext): Promise<ExitName> {
  const client = clientOf(flags);
  const given = await Promise.all(flags.endpoint.map((one) => reportOf(client, one, undefined)));
  const seen = bestView(given);
  if (seen === undefined) {
    const reasons = given.map((report) => report.error).join("; ");
    throw new ExitError("unavailable", `no node answered: ${reasons}`);
  }
  // Nobody has asked for the defaults: one that does not answer is no news.
  const isDefault = flags.endpoint === DEFAULT_ENDPOINTS;
  const wanted = isDefault ? given.filter((report) => report.view !== undefined) : given;
  const reports = await withMembers(client, seen, wanted);
  context.stdout.write(flags.json ? jsonText(jsonOf(seen, reports)) : readableText(seen, reports));
  return "ok";
}

async function reportOf(
  client: Client,
  endpoint: string,
  member: MemberView | undefined,
): Promise<NodeReport> {
  try {
    return { endpoint, member, view: await client.status(endpoint), error: undefined };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    return { endpoint, member, view: undefined, error };
  }
}

/** The view of the highest term: it knows most about who leads. */
function bestView(reports: readonly NodeReport[]): ClusterView | undefined {
  const views = reports.map((report) => report.view).filter((view) => view !== undefined);
  return views.toSorted((a, b) => b.term - a.term || b.commitIndex - a.commitIndex)[0];
}

/** All members in order, then the nodes that were asked and are no members. */
async function withMembers(
  client: Client,
  seen: ClusterView,
  given: readonly NodeReport[],
): Promise<readonly NodeReport[]> {
  const members = seen.members.toSorted((a, b) => a.id - b.id);
  const known = await Promise.all(
    members.map(async (member) => {
      const asked = given.find((report) => report.view?.node.id === member.id);
      if (asked !== undefined) return { ...asked, member };
      return await reportOf(client, `http://${member.apiAddress}`, member);
    }),
  );
  const endpoints = new Set(known.map((report) => report.endpoint));
  return [...known, ...given.filter((report) => !endpoints.has(report.endpoint))];
}

function readableText(seen: ClusterView, reports: readonly NodeReport[]): string {
  const header = ["ID", "API", "MEMBER", "ROLE", "TERM", "COMMIT", "APPLIED", "LAST", "VERSION"];
  const rows = reports.map(({ endpoint, member, view, error }) => [
    String(member?.id ?? view?.node.id ?? "?"),
    endpoint,
    member?.role ?? "no",
    view === undefined ? "no answer" : roleText(view),
    ...[view?.term, view?.commitIndex, view?.appliedIndex, view?.lastLogIndex].map(numberText),
    view?.node.version ?? error ?? "",
  ]);
  const leader = seen.leader === undefined ? "none known" : `node ${seen.leader}`;
  const change = seen.joint ? ", membership change in progress" : "";
  return [
    `cluster ${seen.clusterId ?? "none"}, leader ${leader}, term ${seen.term}, revision ${seen.revision}${change}`,
    "",
    tableText([header, ...rows]),
    "",
  ].join("\n");
}

function roleText(view: ClusterView): string {
  return view.node.state === "running" ? view.node.role : view.node.state;
}

function numberText(value: number | undefined): string {
  return value === undefined ? "-" : String(value);
}

function jsonOf(seen: ClusterView, reports: readonly NodeReport[]): object {
  const nodes = reports.map(({ endpoint, member, view, error }) => ({
    id: member?.id ?? view?.node.id ?? null,
    endpoint,
    member: member?.role ?? null,
    state: view?.node.state ?? null,
    role: view?.node.role ?? null,
    term: view?.term ?? null,
    commit_index: view?.commitIndex ?? null,
    applied_index: view?.appliedIndex ?? null,
    last_log_index: view?.lastLogIndex ?? null,
    version: view?.node.version ?? null,
    error: error ?? null,
  }));
  return {
    cluster_id: seen.clusterId ?? null,
    leader: seen.leader ?? null,
    term: seen.term,
    revision: seen.revision,
    joint: seen.joint,
    nodes,
  };
}
