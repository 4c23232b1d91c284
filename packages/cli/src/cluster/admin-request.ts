/** What the commands about the members of a cluster have in common. */
import { type Client, type ClusterView, createClient } from "@caucus/client";
import { CLIENT_SCHEMA, type ClientFlags } from "../client/client-schema.ts";
import { ExitError } from "../command/exit-codes.ts";
import type { OptionSchema } from "../command/option-schema.ts";

/** A change of the members is committed by two majorities, one after the other. */
export const ADMIN_SCHEMA: OptionSchema<ClientFlags> = {
  ...CLIENT_SCHEMA,
  timeoutMs: {
    type: "integer",
    min: 1,
    max: 60_000,
    unit: "ms",
    default: 30_000,
    doc: "How long the whole command may wait for answers.",
  },
};

/** The number of `--id`. Throws ExitError `usage`. */
export function idOf(text: string | undefined): number {
  const id = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new ExitError(
    "usage",
    `ID ${JSON.stringify(text)} is not allowed; allowed: a whole number from 1`,
  );
}

/** What the leader knows, which is more than the others do. That of another node while it does not answer. */
export async function leaderView(client: Client): Promise<ClusterView> {
  const view = await client.cluster();
  const leader = view.members.find((member) => member.isLeader);
  if (leader === undefined || leader.id === view.node.id) return view;
  const endpoint = `http://${leader.apiAddress}`;
  try {
    return await createClient({ endpoints: [endpoint], timeoutMs: 1_000 }).status(endpoint);
  } catch {
    return view;
  }
}
