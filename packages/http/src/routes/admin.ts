import { CaucusError } from "@caucus/base";
import type { KvService, MembershipResult, PolicyRequest } from "@caucus/node";
import { memberOf } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import { checkAddress, checkLabel, invalid, nameType } from "../key-value-input.ts";
import { type RouteContext, raftStatus } from "../route-context.ts";
import {
  addLearnerSchema,
  changeMembershipSchema,
  compactSchema,
  initSchema,
  membershipPolicySchema,
  promoteSchema,
  removeMemberSchema,
  transferLeadershipSchema,
} from "../schemas/admin.ts";

interface AddLearnerBody {
  readonly node_id: number;
  readonly rpc_addr?: string;
  readonly api_addr?: string;
  readonly wait?: boolean;
}

interface ChangeMembershipBody {
  readonly members: readonly number[];
  readonly retain_dropped?: boolean;
  readonly expected_configuration_index?: number;
}

interface RemoveMemberBody {
  readonly node_id: number;
  readonly expected_configuration_index?: number;
}

/** Seed 2's management routes, and more of our own; all thin over the KvService. */
export function registerAdminRoutes(app: FastifyInstance, context: RouteContext): void {
  registerChangeRoutes(app, context);
  registerPolicyRoutes(app, context);
}

function registerChangeRoutes(app: FastifyInstance, { service }: RouteContext): void {
  app.post("/api/init", { schema: initSchema }, async (request) => {
    requireNoBody(request.body);
    await service.initialize();
    return { success: true };
  });
  app.post<{ Body: AddLearnerBody }>(
    "/api/add-learner",
    { schema: addLearnerSchema },
    async ({ body }) => {
      const field = body.rpc_addr === undefined ? "api_addr" : "rpc_addr";
      const address = body[field];
      const result = await service.addLearner({
        label: checkLabel(body.node_id, "node_id"),
        ...(address === undefined ? {} : { address: checkAddress(address, field) }),
        ...(body.wait === undefined ? {} : { wait: body.wait }),
      });
      return changedBody(result);
    },
  );
  app.post<{ Body: ChangeMembershipBody }>(
    "/api/change-membership",
    { schema: changeMembershipSchema },
    async ({ body }) => {
      const expected = body.expected_configuration_index;
      const result = await service.changeMembership({
        voters: checkVoters(body.members),
        retainDropped: body.retain_dropped ?? false,
        ...(expected === undefined ? {} : { expectedConfigurationIndex: expected }),
      });
      return changedBody(result);
    },
  );
  app.post<{ Body: { node_id: number } }>(
    "/api/promote",
    { schema: promoteSchema },
    async ({ body }) => changedBody(await promote(service, checkLabel(body.node_id, "node_id"))),
  );
  app.post<{ Body: RemoveMemberBody }>(
    "/api/remove-member",
    { schema: removeMemberSchema },
    async ({ body }) => {
      const expected = body.expected_configuration_index;
      const result = await service.removeMember({
        label: checkLabel(body.node_id, "node_id"),
        ...(expected === undefined ? {} : { expectedConfigurationIndex: expected }),
      });
      return changedBody(result);
    },
  );
}

function registerPolicyRoutes(app: FastifyInstance, { service }: RouteContext): void {
  app.post<{ Body: PolicyRequest }>(
    "/api/membership-policy",
    { schema: membershipPolicySchema },
    async ({ body: { automatic, readmit } }) => {
      const labels = readmit?.map((label, place) => checkLabel(label, `readmit.${place}`));
      const policy = await service.setMembershipPolicy({
        ...(automatic === undefined ? {} : { automatic }),
        ...(labels === undefined ? {} : { readmit: labels }),
      });
      return { success: true, ...policy };
    },
  );
  app.post<{ Body: { node_id?: number } }>(
    "/api/transfer-leadership",
    { schema: transferLeadershipSchema },
    async ({ body }) => {
      await service.transferLeadership(body.node_id);
      return { success: true };
    },
  );
  app.post("/api/compact", { schema: compactSchema }, async (request) => {
    requireNoBody(request.body);
    return { success: true, index: await service.compact() };
  });
}

/** A learner becomes a voter, whatever the number of voters then is: an operator asked. */
async function promote(service: KvService, label: number): Promise<MembershipResult> {
  const { configuration, configurationIndex } = raftStatus(service);
  const voters = voterLabels(configuration);
  if (voters.includes(label)) {
    throw new CaucusError("conflict", `node ${label} is a voter already`);
  }
  return service.changeMembership({
    voters: [...voters, label],
    expectedConfigurationIndex: configurationIndex,
  });
}

/** The labels of those who vote. */
export function voterLabels({ members, voters }: MembershipResult["configuration"]): number[] {
  return members.filter(({ key }) => voters.includes(key)).map((member) => member.label);
}

/** Labels of a new voter set: at least one, none twice. */
export function checkVoters(members: readonly unknown[]): number[] {
  if (members.length === 0) throw invalid("members is empty; allowed is at least one id");
  const voters = members.map((member, index) => checkLabel(member, `members.${index}`));
  const twice = voters.find((label, index) => voters.indexOf(label) !== index);
  if (twice !== undefined) throw invalid(`members names ${twice} twice; allowed is once`);
  return voters;
}

export function requireNoBody(body: unknown): void {
  const empty =
    body === undefined ||
    (typeof body === "object" && body !== null && Object.keys(body).length === 0);
  if (!empty) throw invalid(`the body is ${nameType(body)} with content; allowed are none and {}`);
}

function changedBody({ index, term, configuration }: MembershipResult): object {
  const labelOf = (key: string): number => memberOf(configuration, key)?.label ?? 0;
  return {
    success: true,
    index,
    term,
    voters: configuration.voters.map(labelOf).sort((a, b) => a - b),
    learners: configuration.learners.map(labelOf).sort((a, b) => a - b),
  };
}
