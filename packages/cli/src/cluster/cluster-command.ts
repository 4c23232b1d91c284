import type { Command } from "../command/command.ts";
import { defineCommandGroup } from "../command/command-group.ts";
import { ADMIN_COMMANDS } from "./admin-commands.ts";
import { LOCAL_COMMANDS } from "./local-commands.ts";

export const CLUSTER_COMMAND: Command = defineCommandGroup({
  name: "cluster",
  summary: "runs the nodes of a directory of configuration files; changes the members of a cluster",
  about: [
    "start, stop, restart, status, logs, test and clean are about the nodes of this machine: one per file conf/NAME.toml, with logs/NAME.log and logs/NAME.pid. The others are about the members of any cluster that runs, through any of its nodes.",
  ],
  commands: [...LOCAL_COMMANDS, ...ADMIN_COMMANDS],
});
