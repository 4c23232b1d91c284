import { CLUSTER_COMMAND } from "./cluster/cluster-command.ts";
import type { Command } from "./command.ts";
import { CONFIG_COMMAND } from "./config-command.ts";
import { DEMO_COMMAND } from "./demo-command.ts";
import { KV_COMMAND } from "./kv-commands.ts";
import { MEMBERS_COMMAND } from "./members-command.ts";
import { createNodeCommand } from "./node-command.ts";
import { REJOIN_COMMAND } from "./rejoin-command.ts";
import { startAgent } from "./start-agent.ts";
import { startMember } from "./start-member.ts";
import { STATUS_COMMAND } from "./status-command.ts";

/** In the order of `caucus help`. */
export const COMMANDS: readonly Command[] = [
  DEMO_COMMAND,
  createNodeCommand(startMember, startAgent),
  KV_COMMAND,
  MEMBERS_COMMAND,
  STATUS_COMMAND,
  CLUSTER_COMMAND,
  CONFIG_COMMAND,
  REJOIN_COMMAND,
];
