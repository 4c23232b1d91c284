import { createAgentService, type GossipOptions, startGossip } from "@caucus/node";
import type { HttpServerOptions } from "../src/index.ts";
import { createFakeKvService } from "../testing/index.ts";
import { type Api, createApi } from "./api.ts";

/** The API of a node whose gossip is real, on a port of its own. */
export interface GossipApi extends Api {
  readonly gossipAddress: string;
  /** Says goodbye in gossip. */
  leave(): Promise<void>;
}

const INTERVAL_MS = 20;

/** Runs `body` with one API per name, which find each other; nothing is left afterwards. */
export async function withGossip(
  names: readonly string[],
  body: (...apis: readonly GossipApi[]) => Promise<void>,
  options: { readonly agents?: boolean; readonly http?: Partial<HttpServerOptions> } = {},
): Promise<void> {
  const apis: GossipApi[] = [];
  try {
    for (const name of names) {
      const seeds = apis.slice(0, 1).map(({ gossipAddress }) => gossipAddress);
      apis.push(await startApi({ nodeName: name, seeds }, options));
    }
    await body(...apis);
  } finally {
    await Promise.all(apis.map((api) => api.leave()));
    await Promise.all(apis.map(({ server }) => server.close()));
  }
}

async function startApi(
  options: Partial<GossipOptions>,
  { agents = true, http = {} }: { agents?: boolean; http?: Partial<HttpServerOptions> },
): Promise<GossipApi> {
  const service = createFakeKvService();
  const { apiAddress, key, label, rpcAddress } = service.status();
  const gossip = await startGossip(
    { listenAddress: "127.0.0.1:0", intervalMs: INTERVAL_MS, ...options },
    {
      apiAddress,
      version: "1.2.3",
      raft: agents ? undefined : { key, label, rpcAddress, cluster: undefined },
    },
  );
  const about = { apiAddress, version: "1.2.3" };
  const api = await createApi({
    gossip: gossip.service,
    ...(agents ? { service: createAgentService(about) } : { service }),
    ...http,
  });
  return {
    ...api,
    gossipAddress: gossip.service.self.gossip_advertise_addr,
    leave: () => gossip.leave(),
  };
}
