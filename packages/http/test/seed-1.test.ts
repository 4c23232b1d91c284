// Seed 1, line by line of its checklist: gossip is real, over UDP on loopback.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@caucus/base/testing";
import { SERVICE_KINDS } from "@caucus/node";
import { createApi } from "./api.ts";
import { withGossip } from "./gossip-api.ts";

const PREFIX = "/dialects/service-registry";

interface MemberBody {
  readonly id: string;
  readonly endpoint: string;
  readonly service: string;
  readonly shard: number;
  readonly live: boolean;
  readonly state: string;
  readonly role: string | null;
}
type Members = Readonly<Record<string, MemberBody>>;

test("S1-05: six service types, with shards or without", () => {
  assert.deepEqual(
    SERVICE_KINDS.map(({ type, name, sharded }) => [type, name, sharded]),
    [
      ["searcher", "Searcher", true],
      ["api_gateway", "ApiGateway", false],
      ["data_processor", "DataProcessor", true],
      ["storage", "Storage", true],
      ["load_balancer", "LoadBalancer", false],
      ["analytics", "Analytics", true],
    ],
  );
});

test(`S1-10: GET / has the cluster state, also under ${PREFIX}`, async () => {
  await withGossip(["n1"], async (api) => {
    assert.ok(api !== undefined);
    for (const path of ["/", PREFIX, `${PREFIX}/`]) {
      const body = (await api.get(path)).json();
      assert.ok("cluster_state" in body && "live_nodes" in body && "dead_nodes" in body, path);
    }
  });
});

test("S1-03, S1-11, S1-13, S1-24, S1-25: GET /members lists every member with its service, live or left", async () => {
  await withGossip(["n1", "n2"], async (one, two) => {
    assert.ok(one !== undefined && two !== undefined);
    const membersOf = async (api = one): Promise<Members> => {
      const { members, success } = (await api.get("/members")).json();
      assert.equal(success, true);
      return members as Members;
    };
    await eventually("two live members", async () => (await membersOf())["n2"]?.live === true);
    const { n1 } = await membersOf();
    assert.equal(n1?.id, "n1");
    assert.equal(n1.endpoint, "127.0.0.1:21001");
    assert.equal(n1.service, "api_gateway");
    assert.equal(n1.shard, 0);
    assert.equal(n1.state, "live");
    // A goodbye goes to those that the leaving node knows to live.
    await eventually("n1 live for n2", async () => (await membersOf(two))["n1"]?.live === true);
    await two.leave();
    await eventually("n2 has left", async () => (await membersOf())["n2"]?.state === "left");
    assert.equal((await membersOf())["n2"]?.live, false);
  });
});

test("GET /members tells a member by consensus once, with what gossip knows of it", async () => {
  await withGossip(
    ["node-1"],
    async (api) => {
      assert.ok(api !== undefined);
      await api.post("/api/add-learner", { node_id: 2, rpc_addr: "127.0.0.1:21002" });
      const members = (await api.get("/members")).json()["members"] as Members;
      assert.deepEqual(Object.keys(members), ["1", "2"]);
      assert.equal(members["1"]?.role, "voter");
      assert.equal(members["1"].state, "live");
      assert.equal(members["2"]?.role, "learner");
      assert.equal(members["2"].state, "unknown");
    },
    { agents: false },
  );
});

for (const prefix of ["", PREFIX]) {
  test(`S1-12: GET ${prefix}/update_service changes the service, which all others see`, async () => {
    await withGossip(["n1", "n2"], async (one, two) => {
      assert.ok(one !== undefined && two !== undefined);
      for (const { name, sharded, type } of SERVICE_KINDS) {
        const shard = sharded ? "&shard=7" : "";
        const url = `${prefix}/update_service?service_type=${type}&host=10.0.0.1:80${shard}`;
        assert.deepEqual((await one.get(url)).json(), {
          status: true,
          message: "Service updated successfully",
        });
        const service = { [name]: { host: "10.0.0.1:80", ...(sharded ? { shard: 7 } : {}) } };
        await eventually(`${type} on n2`, async () => {
          const { members } = (await two.get(`${PREFIX}/members`)).json();
          const found = (members as { id: string; service: object }[]).find(
            ({ id }) => id === "n1",
          );
          return JSON.stringify(found?.service) === JSON.stringify(service);
        });
        const root = (await two.get("/members")).json()["members"] as Members;
        assert.equal(root["n1"]?.service, type);
        assert.equal(root["n1"].shard, sharded ? 7 : 0);
      }
    });
  });

  test(`S1-12: GET ${prefix}/update_service refuses what is not allowed, and says what is`, async () => {
    await withGossip(["n1"], async (api) => {
      assert.ok(api !== undefined);
      const before = (await api.get("/members")).text;
      for (const [query, says] of [
        ["", /service_type is missing/],
        ["service_type=storage", /host is missing/],
        [
          "service_type=cache&host=a:1",
          /Unknown service type: "cache"; allowed are searcher, api_gateway, data_processor, storage, load_balancer, analytics/,
        ],
        ["service_type=Searcher&host=a:1", /Unknown service type/],
        ["service_type=storage&host=nowhere", /Invalid host format.*allowed is host:port/],
        ["service_type=storage&host=a:0", /Invalid host format.*port of 1 to 65535/],
        ["service_type=storage&host=a:65536", /Invalid host format/],
        ["service_type=storage&host=", /Invalid host format/],
        [
          "service_type=storage&host=a:1&shard=x",
          /Invalid shard.*allowed are whole numbers from 0/,
        ],
        ["service_type=storage&host=a:1&shard=-1", /Invalid shard/],
        ["service_type=storage&host=a:1&shard=1.5", /Invalid shard/],
        ["service_type=storage&host=a:1&shard=9007199254740993", /Invalid shard/],
        ["service_type=api_gateway&host=a:1&shard=1", /api_gateway has no shards/],
        ["service_type=storage&host=a:1&shrad=1", /unknown query parameter "shrad"; allowed are/],
        ["service_type=storage&host=%zz", /not percent-encoded UTF-8/],
      ] as const) {
        const reply = await api.get(`${prefix}/update_service?${query}`);
        assert.equal(reply.status, 400, query);
        const { message, status } = reply.json();
        assert.equal(status, false);
        assert.match(String(message), says);
      }
      assert.equal((await api.send("POST", `${prefix}/update_service`)).status, 405);
      assert.equal((await api.get("/members")).text, before);
    });
  });
}

test("GET /members is there without gossip too, for members by consensus", async () => {
  const api = await createApi();
  const members = (await api.get("/members")).json()["members"] as Members;
  assert.deepEqual(Object.keys(members), ["1"]);
  assert.equal(members["1"]?.state, "unknown");
  assert.equal((await api.get("/members?x=1")).status, 200);
});
