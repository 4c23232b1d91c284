/** `caucus rejoin`: the way back for a node whose disk has lost something. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CaucusError } from "@caucus/base";
import { discardData } from "@caucus/node";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { ExitError, type ExitName } from "../command/exit-codes.ts";
import type { OptionSchema } from "../command/option-schema.ts";
import { DATA_DIRECTORY_MARKS, isDataDirectory } from "./data-directory.ts";

export interface RejoinFlags {
  readonly dataDir: string;
  readonly discardData: boolean;
}

export const REJOIN_SCHEMA: OptionSchema<RejoinFlags> = {
  dataDir: {
    type: "path",
    placeholder: "DIR",
    required: true,
    doc: "The data directory of the node.",
  },
  discardData: {
    type: "flag",
    sayable: "flag",
    doc: "Must be given: it says that the log and the data of this node may be removed.",
  },
};

export const REJOIN_COMMAND: Command = defineCommand<RejoinFlags>({
  name: "rejoin",
  summary: "discards the data of a stopped node, so that it comes back as a learner",
  about: [
    "For a node that refuses to start because its disk is damaged or older than what it has promised. Its data is removed and it gets a new identity under its old label; started again with --join, it gets everything from the others.",
    "Do this only while a majority of the voters is in order: what only this node had is gone.",
  ],
  schema: REJOIN_SCHEMA,
  run: runRejoin,
});

async function runRejoin(flags: RejoinFlags, context: CommandContext): Promise<ExitName> {
  const root = resolve(flags.dataDir);
  if (!flags.discardData) {
    throw new ExitError(
      "usage",
      `this removes the data of the node in ${root}; add --discard-data if you mean it`,
    );
  }
  if (!existsSync(root)) throw new ExitError("storage", `${root} does not exist`);
  if (!isDataDirectory(root)) {
    throw new ExitError(
      "storage",
      `${root} is not the data directory of a node: it has neither of the files ${DATA_DIRECTORY_MARKS.join(" and ")}; nothing was removed`,
    );
  }
  const { label } = await discard(root);
  const id = label === undefined ? "ID" : String(label);
  context.stdout.write(
    `The data in ${root} is gone. Start the node again with the address of another member:\n` +
      `  caucus node --id ${id} --data-dir ${root} --join HOST:PORT …\n`,
  );
  return "ok";
}

async function discard(root: string): Promise<{ readonly label: number | undefined }> {
  try {
    return await discardData(root);
  } catch (thrown) {
    const error = CaucusError.from(thrown);
    if (error.code !== "conflict") throw error;
    throw new ExitError("storage", `${error.message}; nothing was removed`, error);
  }
}
