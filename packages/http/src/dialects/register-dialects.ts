import type { FastifyInstance } from "fastify";
import { type DialectName, dialectPrefix, type HttpServerConfig } from "../options.ts";
import type { RouteContext } from "../route-context.ts";
import { registerGossipKv } from "./gossip-kv.ts";
import { registerRaftCluster } from "./raft-cluster.ts";
import { registerRaftKeyValue } from "./raft-key-value.ts";
import { registerServiceRegistry } from "./service-registry.ts";

/** Those that are switched on; without gossip there are no dialects of gossip. */
export function servedDialects({ dialects, gossip }: HttpServerConfig): DialectName[] {
  const ofGossip: readonly DialectName[] = ["gossip-kv", "service-registry"];
  return dialects.filter((name) => gossip !== undefined || !ofGossip.includes(name));
}

/** Those that are switched on, each at the root and again under its own prefix. */
export async function registerDialects(app: FastifyInstance, context: RouteContext): Promise<void> {
  const { dialects, gossip } = context.config;
  const register = async (
    name: DialectName,
    routes: (scope: FastifyInstance, prefix: string) => void,
  ): Promise<void> => {
    if (!dialects.includes(name)) return;
    for (const prefix of ["", dialectPrefix(name)]) {
      // A scope of its own: dialects have parsers and errors that are theirs alone.
      await app.register(async (scope) => routes(scope, prefix));
    }
  };
  if (gossip !== undefined) {
    await register("gossip-kv", (scope, prefix) => registerGossipKv(scope, gossip, prefix));
    await register("service-registry", (scope, prefix) =>
      registerServiceRegistry(scope, gossip, prefix),
    );
  }
  await register("raft-cluster", (scope, prefix) => registerRaftCluster(scope, context, prefix));
  await register("raft-key-value", (scope, prefix) => registerRaftKeyValue(scope, context, prefix));
}
