/** `caucus node`: runs one member until a signal, the end of its parent, or a failed storage. */
import { CaucusError, type Logger } from "@caucus/base";
import { parseAddress } from "./address.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { createConsoleLogger, wantsColour } from "./console-logger.ts";
import { EXIT_CODES, ExitError, type ExitName } from "./exit-codes.ts";
import type { MemberSettings, RunningMember, StartMember } from "./member.ts";
import { resolveMemberSettings } from "./member-settings.ts";
import { NODE_SCHEMA, type NodeFlags, REFUSED_NODE_OPTIONS } from "./node-schema.ts";
import { listenFailureText, whyNotListen } from "./port-check.ts";
import { watchStopSignals } from "./stop-signal.ts";

/** A shutdown that takes longer ends the process all the same; nothing acknowledged is at risk. */
const SHUTDOWN_LIMIT_MS = 15_000;

export function createNodeCommand(startMember: StartMember): Command {
  return defineCommand<NodeFlags>({
    name: "node",
    summary: "runs one node of a cluster",
    about: [
      "Runs one node until Ctrl+C or SIGTERM; a leader hands its leadership over first, and a second signal ends the process at once.",
      "A node whose data directory belongs to no cluster yet makes one with --bootstrap, makes or joins one with --join, or waits for POST /init.",
    ],
    schema: NODE_SCHEMA,
    refused: REFUSED_NODE_OPTIONS,
    run: (flags, context) => runNode(flags, context, startMember),
  });
}

async function runNode(
  flags: NodeFlags,
  context: CommandContext,
  startMember: StartMember,
): Promise<ExitName> {
  const settings = resolveMemberSettings(flags, context.version);
  const logger = createConsoleLogger({
    level: flags.logLevel,
    format: flags.logFormat,
    colour: wantsColour(context.stdout, context.environment.NO_COLOR),
    sink: context.stdout,
  });
  const stop = watchStopSignals({
    parent: flags.exitWithParent ? "stdin" : undefined,
    again: () => process.exit(EXIT_CODES.interrupted.code),
  });
  try {
    await checkPorts(settings, flags);
    const member = await startMember(settings, logger);
    announce(settings, logger);
    return await runUntilStopped(member, stop.requested, logger);
  } finally {
    stop.dispose();
  }
}

async function runUntilStopped(
  member: RunningMember,
  requested: Promise<string>,
  logger: Logger,
): Promise<ExitName> {
  const end = await Promise.race([requested, member.failed]);
  logger.info("stopping", { reason: typeof end === "string" ? end : end.message });
  const limit = setTimeout(() => {
    logger.error("the shutdown took too long and was cut off", { limitMs: SHUTDOWN_LIMIT_MS });
    process.exit(EXIT_CODES.failure.code);
  }, SHUTDOWN_LIMIT_MS);
  try {
    await member.stop();
  } finally {
    clearTimeout(limit);
  }
  if (typeof end !== "string") throw end;
  logger.info("stopped");
  return "ok";
}

/** A taken port shall be one clear line, and no data directory shall be made for it. */
async function checkPorts(settings: MemberSettings, flags: NodeFlags): Promise<void> {
  const { api, rpc } = settings.addresses;
  const [apiOption, rpcOption] = optionsOfAddresses(flags);
  const wanted = [{ text: api, option: apiOption }];
  if (rpc !== api) wanted.push({ text: rpc, option: rpcOption });
  for (const { text, option } of wanted) {
    const address = parseAddress(text);
    if (address === undefined) throw new CaucusError("invalid_argument", `${text} is no address`);
    const code = await whyNotListen(address);
    if (code === undefined) continue;
    throw new ExitError(
      "addressInUse",
      `${text} ${listenFailureText(code)}; choose another address with ${option}`,
    );
  }
}

function optionsOfAddresses(flags: NodeFlags): readonly [string, string] {
  const fallback =
    flags.rpcAddr !== undefined && flags.listen === undefined ? "api-addr" : "listen";
  const api = flags.apiAddr === undefined ? fallback : "api-addr";
  const rpc = flags.rpcAddr === undefined ? api : "rpc-addr";
  return [`--${api}`, `--${rpc}`];
}

function announce(settings: MemberSettings, logger: Logger): void {
  const { addresses } = settings;
  logger.info(`listening on http://${addresses.api}`, {
    id: settings.label,
    rpc: addresses.rpc,
    storage: settings.storage,
    ...(settings.storage === "rocksdb" ? { dataDir: settings.dataDir } : {}),
    ...(addresses.publicApi === addresses.api ? {} : { publicApi: addresses.publicApi }),
  });
}
