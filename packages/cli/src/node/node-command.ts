/** `caucus node`: runs one node until a signal, the end of its parent, or a failed storage. */
import { resolve } from "node:path";
import { CaucusError, type Logger, parseAddress } from "@caucus/base";
import { AGENT_NOTICE } from "@caucus/node";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { EXIT_CODES, ExitError, type ExitName } from "../command/exit-codes.ts";
import { createConsoleLogger, openLogFile, wantsColour } from "../console-logger.ts";
import { runGossipDemo } from "../demo/gossip-demo.ts";
import { type StopSignal, watchStopSignals } from "../stop-signal.ts";
import type { RunningMember, StartAgent, StartMember } from "./member.ts";
import { resolveAgentSettings, resolveMemberSettings } from "./member-settings.ts";
import { NODE_GROUPS, NODE_SCHEMA, type NodeFlags } from "./node-schema.ts";
import { listenFailureText, whyNotListen, whyNotReceive } from "./port-check.ts";
import type { Addresses } from "./resolve-addresses.ts";
import { createStartTalk, type StartTalk } from "./start-talk.ts";

/** A shutdown that takes longer ends the process all the same; nothing acknowledged is at risk. */
const SHUTDOWN_LIMIT_MS = 15_000;

export function createNodeCommand(startMember: StartMember, startAgent: StartAgent): Command {
  return defineCommand<NodeFlags>({
    name: "node",
    summary: "runs one node of a cluster",
    about: [
      "Runs one node until Ctrl+C or SIGTERM; it says goodbye in gossip, a leader hands its leadership over first, and a second signal ends the process at once.",
      "With --id the node takes part in consensus and has the key-value store. One whose data directory belongs to no cluster yet makes one with --bootstrap or --bootstrap-expect, makes or joins one with --join, joins the one that gossip shows (--seed), or waits for POST /init.",
      "Without --id it takes part in gossip only: every node sees the keys and the service of each, and who is alive.",
    ],
    schema: NODE_SCHEMA,
    groups: NODE_GROUPS,
    run: (flags, context) => runNode(flags, context, { startMember, startAgent }),
  });
}

interface Starters {
  readonly startMember: StartMember;
  readonly startAgent: StartAgent;
}

/** What is to be run, once its addresses are known to be free. */
interface Plan {
  readonly addresses: Addresses;
  readonly start: () => Promise<RunningMember>;
  /** For the line that says where it listens. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Of a member with a configuration file. */
  readonly talk: StartTalk | undefined;
}

async function runNode(
  flags: NodeFlags,
  context: CommandContext,
  starters: Starters,
): Promise<ExitName> {
  const logger = loggerOf(flags, context);
  if (flags.demo) {
    const stop = watchStop(flags);
    return await runGossipDemo({ flags, context, logger, start: starters.startAgent, stop });
  }
  if (flags.logFile !== undefined && flags.logFormat !== "json") {
    context.stdout.write(`Logging to file: ${flags.logFile}\n`);
  }
  const plan = planOf(flags, context, starters, logger);
  const stop = watchStop(flags);
  try {
    await checkPorts(plan.addresses, flags);
    plan.talk?.begin();
    const member = await plan.start();
    announce(plan, logger);
    if (flags.id === undefined) logger.info(AGENT_NOTICE);
    return await runUntilStopped(member, stop.requested, plan.talk, logger);
  } finally {
    stop.dispose();
  }
}

function loggerOf(flags: NodeFlags, { environment, stderr, stdout }: CommandContext): Logger {
  const { logFile, logFormat: format, logLevel: level } = flags;
  const sink = logFile === undefined ? stdout : openLogFile(resolve(logFile), stderr);
  return createConsoleLogger({
    level,
    format,
    colour: wantsColour(sink, environment.NO_COLOR),
    sink,
  });
}

function planOf(
  flags: NodeFlags,
  { stdout, version }: CommandContext,
  { startAgent, startMember }: Starters,
  logger: Logger,
): Plan {
  if (flags.id === undefined) {
    const settings = resolveAgentSettings(flags, version);
    const { addresses } = settings;
    return { addresses, start: () => startAgent(settings, logger), facts: {}, talk: undefined };
  }
  const settings = resolveMemberSettings(flags, flags.id, version);
  const say = (line: string): void => {
    if (flags.logFormat !== "json") stdout.write(`${line}\n`);
    else if (line !== "") logger.info(line);
  };
  const { addresses, dataDir, label, storage } = settings;
  return {
    addresses,
    start: () => startMember(settings, logger),
    facts: {
      id: label,
      rpc: addresses.rpc,
      storage,
      ...(storage === "rocksdb" ? { dataDir } : {}),
    },
    talk: flags.conf === undefined ? undefined : createStartTalk(settings, say),
  };
}

function watchStop(flags: NodeFlags): StopSignal {
  return watchStopSignals({
    parent: flags.exitWithParent ? "stdin" : undefined,
    again: () => process.exit(EXIT_CODES.interrupted.code),
  });
}

async function runUntilStopped(
  member: RunningMember,
  requested: Promise<string>,
  talk: StartTalk | undefined,
  logger: Logger,
): Promise<ExitName> {
  const stopping = new AbortController();
  if (member.progress !== undefined) {
    // One that fails closes its storage before it says so: from then on it can't be asked.
    talk?.follow(member.progress, stopping.signal).catch((thrown: unknown) => {
      logger.debug("the start is not followed any more", { reason: String(thrown) });
    });
  }
  const end = await Promise.race([requested, member.failed]);
  stopping.abort();
  talk?.stopping();
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
  talk?.stopped();
  if (typeof end !== "string") throw end;
  logger.info("stopped");
  return "ok";
}

/** A taken port shall be one clear line, and no data directory shall be made for it. */
async function checkPorts(addresses: Addresses, flags: NodeFlags): Promise<void> {
  const { api, gossip, rpc } = addresses;
  const options = optionsOfAddresses(addresses, flags);
  const wanted = [
    { text: api, option: options.api, why: whyNotListen },
    ...(rpc === api ? [] : [{ text: rpc, option: options.rpc, why: whyNotListen }]),
    { text: gossip, option: options.gossip, why: whyNotReceive },
  ];
  for (const { text, option, why } of wanted) {
    const address = parseAddress(text);
    if (address === undefined) throw new CaucusError("invalid_argument", `${text} is no address`);
    const code = await why(address);
    if (code === undefined) continue;
    const use = why === whyNotReceive ? " (UDP, for gossip)" : "";
    throw new ExitError(
      "addressInUse",
      `${text} ${listenFailureText(code)}${use}; choose another address with ${option}`,
    );
  }
}

/** The flag that changes each address. */
function optionsOfAddresses(
  addresses: Addresses,
  flags: NodeFlags,
): { readonly api: string; readonly rpc: string; readonly gossip: string } {
  const fallback =
    flags.rpcAddr !== undefined && flags.listen === undefined ? "--api-addr" : "--listen";
  const api = flags.apiAddr === undefined ? fallback : "--api-addr";
  const isApart = flags.gossipAddr !== undefined || addresses.gossip !== addresses.api;
  return {
    api,
    rpc: flags.rpcAddr === undefined ? api : "--rpc-addr",
    gossip: isApart ? "--gossip-addr" : api,
  };
}

function announce({ addresses, facts }: Plan, logger: Logger): void {
  logger.info(`listening on http://${addresses.api}`, {
    ...facts,
    gossip: addresses.gossip,
    ...(addresses.publicApi === addresses.api ? {} : { publicApi: addresses.publicApi }),
  });
}
