/** Puts a node without Raft together: its gossip, and the HTTP server that serves it. */
import { CaucusError, type Logger, parseAddress } from "@caucus/base";
import { createHttpServer } from "@caucus/http";
import { createAgentService, type GossipOptions, startGossip } from "@caucus/node";
import { ExitError } from "../command/exit-codes.ts";
import type { AgentSettings, RunningMember } from "./member.ts";

/** Starts the agent; rejects with CaucusError or ExitError. */
export async function startAgent(settings: AgentSettings, logger: Logger): Promise<RunningMember> {
  const { addresses, version } = settings;
  const about = { apiAddress: addresses.publicApi, version };
  const options = gossipOptionsOf(addresses, settings.gossip, logger);
  const gossip = await startGossip(options, { ...about, raft: undefined }).catch(
    (thrown: unknown) => {
      throw gossipFailure(CaucusError.from(thrown));
    },
  );
  try {
    const address = parseAddress(addresses.api);
    if (address === undefined) {
      throw new CaucusError("invalid_argument", `${addresses.api} is no address`);
    }
    // As seed 0's server says it.
    logger.info(`Chitchat API server starting on ${addresses.api}`);
    const http = await createHttpServer({
      ...settings.http,
      service: createAgentService(about),
      gossip: gossip.service,
      logger,
    });
    await http.listen(address.host, address.port);
    return {
      // An agent has nothing that can fail for good.
      failed: new Promise<never>(() => {}),
      progress: undefined,
      async stop(): Promise<void> {
        await gossip.leave();
        await http.close();
      },
    };
  } catch (thrown) {
    await gossip.leave();
    throw thrown;
  }
}

/** The node's options for what the flags said. */
export function gossipOptionsOf(
  addresses: AgentSettings["addresses"],
  given: AgentSettings["gossip"],
  logger: Logger,
): GossipOptions {
  const { gossip, publicGossip } = addresses;
  return { ...given, listenAddress: gossip, advertiseAddress: publicGossip, logger };
}

function gossipFailure(error: CaucusError): Error {
  return error.code === "unavailable" ? new ExitError("addressInUse", error.message, error) : error;
}
