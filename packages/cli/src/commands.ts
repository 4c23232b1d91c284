import type { Command } from "./command.ts";
import { DEMO_COMMAND } from "./demo-command.ts";
import { createNodeCommand } from "./node-command.ts";
import { REJOIN_COMMAND } from "./rejoin-command.ts";
import { startAgent } from "./start-agent.ts";
import { startMember } from "./start-member.ts";
import { STATUS_COMMAND } from "./status-command.ts";

/** In the order of `caucus help`. */
export const COMMANDS: readonly Command[] = [
  DEMO_COMMAND,
  createNodeCommand(startMember, startAgent),
  STATUS_COMMAND,
  REJOIN_COMMAND,
];
