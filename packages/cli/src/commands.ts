import { KV_COMMAND } from "./client/kv-commands.ts";
import { MEMBERS_COMMAND } from "./client/members-command.ts";
import { STATUS_COMMAND } from "./client/status-command.ts";
import { CLUSTER_COMMAND } from "./cluster/cluster-command.ts";
import type { Command } from "./command/command.ts";
import { CONFIG_COMMAND } from "./config/config-command.ts";
import { DEMO_COMMAND } from "./demo/demo-command.ts";
import { createNodeCommand } from "./node/node-command.ts";
import { REJOIN_COMMAND } from "./node/rejoin-command.ts";
import { startAgent } from "./node/start-agent.ts";
import { startMember } from "./node/start-member.ts";

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
