// What seed 3 shows of a cluster and lets an operator change. Membership goes to the leader from any
// node, snapshots are those of the node that is asked.

import { CaucusError } from "@caucus/base";
import type { KvService } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import { checkAddress, checkLabel } from "../key-value-input.ts";
import { raftClusterMetrics } from "../raft-metrics.ts";
import { type RouteContext, raftStatus } from "../route-context.ts";
import { requireNoBody, voterLabels } from "../routes/admin.ts";
import { sendHealth } from "../routes/health.ts";
import {
  clusterHealthSchema,
  clusterMembersSchema,
  clusterMetricsSchema,
  joinSchema,
  leaveSchema,
  purgeLogSchema,
  snapshotStatusSchema,
  triggerSnapshotSchema,
} from "../schemas/raft-cluster-admin.ts";

export function registerRaftClusterAdmin(
  app: FastifyInstance,
  { service }: RouteContext,
  prefix: string,
): void {
  registerMembership(app, service, prefix);
  registerSnapshots(app, service, prefix);
  if (prefix === "") return;
  app.get(`${prefix}/health`, { schema: clusterHealthSchema }, async (_request, reply) =>
    sendHealth(service, reply),
  );
  app.get(`${prefix}/metrics`, { schema: clusterMetricsSchema }, async () =>
    raftClusterMetrics(raftStatus(service)),
  );
  app.get(`${prefix}/members`, { schema: clusterMembersSchema }, async () => {
    const members = raftStatus(service).configuration.members.map(({ label, rpcAddress }) => [
      String(label),
      { node_id: label, endpoint: rpcAddress },
    ]);
    return { success: true, members: Object.fromEntries(members) };
  });
}

function registerMembership(app: FastifyInstance, service: KvService, prefix: string): void {
  app.post<{ Body: { node_id: number; endpoint: string } }>(
    `${prefix}/join`,
    { schema: joinSchema },
    async ({ body }) => {
      const label = checkLabel(body.node_id, "node_id");
      await addVoter(service, label, checkAddress(body.endpoint, "endpoint"));
      return { success: true, message: `Node ${label} joined the cluster successfully` };
    },
  );
  app.post<{ Body: { node_id: number } }>(
    `${prefix}/leave`,
    { schema: leaveSchema },
    async ({ body }) => {
      const label = checkLabel(body.node_id, "node_id");
      await service.removeMember({ label });
      return { success: true, message: `Node ${label} left the cluster successfully` };
    },
  );
}

/** A voter that caught up as a learner first; nothing more for one that votes already. */
async function addVoter(service: KvService, label: number, address: string): Promise<void> {
  const { configuration, index } = await service.addLearner({ label, address });
  const voters = voterLabels(configuration);
  if (voters.includes(label)) return;
  await service.changeMembership({
    voters: [...voters, label],
    expectedConfigurationIndex: index,
  });
}

function registerSnapshots(app: FastifyInstance, service: KvService, prefix: string): void {
  app.post(`${prefix}/trigger_snapshot`, { schema: triggerSnapshotSchema }, async (request) => {
    requireNoBody(request.body);
    await service.compact();
    const { snapshot } = service.status();
    if (snapshot === undefined) {
      throw new CaucusError(
        "conflict",
        "nothing that was applied is on disk yet, the next write sees to it",
      );
    }
    return { success: true, term: snapshot.term, index: snapshot.index };
  });
  app.post<{ Body: { upto?: number } | undefined }>(
    `${prefix}/purge_log`,
    { schema: purgeLogSchema },
    async ({ body }) => {
      const index = await service.purgeLog(body?.upto);
      return { success: true, message: `Log purged up to index ${index}`, index };
    },
  );
  app.get(`${prefix}/snapshot_status`, { schema: snapshotStatusSchema }, async () => {
    const { snapshot } = raftStatus(service);
    return {
      snapshot_exists: snapshot !== undefined,
      term: snapshot?.term ?? null,
      index: snapshot?.index ?? null,
    };
  });
}
