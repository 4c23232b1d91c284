import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AddressFlags, resolveAddresses } from "./resolve-addresses.ts";

const L = "127.0.0.1:10001";
const A = "127.0.0.1:3001";
const R = "127.0.0.1:21001";
const G = "127.0.0.1:20001";

interface Row {
  readonly flags: AddressFlags;
  readonly api: string;
  readonly rpc: string;
  readonly gossip: string;
}

const TABLE: readonly Row[] = [
  { flags: {}, api: "127.0.0.1:10000", rpc: "127.0.0.1:10000", gossip: "127.0.0.1:10000" },
  { flags: { listen: L }, api: L, rpc: L, gossip: L },
  { flags: { api: A }, api: A, rpc: A, gossip: A },
  { flags: { rpc: R }, api: "127.0.0.1:8080", rpc: R, gossip: "127.0.0.1:9000" },
  { flags: { rpc: R, api: A }, api: A, rpc: R, gossip: A },
  // A gossip address always wins.
  { flags: { gossip: G }, api: "127.0.0.1:10000", rpc: "127.0.0.1:10000", gossip: G },
  { flags: { listen: L, gossip: G }, api: L, rpc: L, gossip: G },
  { flags: { api: A, gossip: G }, api: A, rpc: A, gossip: G },
  { flags: { rpc: R, gossip: G }, api: "127.0.0.1:8080", rpc: R, gossip: G },
  { flags: { rpc: R, api: A, gossip: G }, api: A, rpc: R, gossip: G },
  // Beside --listen the others change their own address only.
  { flags: { listen: L, api: A }, api: A, rpc: L, gossip: L },
  { flags: { listen: L, rpc: R }, api: L, rpc: R, gossip: L },
  { flags: { listen: L, rpc: R, api: A }, api: A, rpc: R, gossip: L },
];

describe("resolveAddresses", () => {
  for (const { flags, api, rpc, gossip } of TABLE) {
    it(`gives API ${api}, gRPC ${rpc}, gossip ${gossip} for ${JSON.stringify(flags)}`, () => {
      assert.deepEqual(resolveAddresses(flags), {
        api,
        rpc,
        gossip,
        publicApi: api,
        publicRpc: rpc,
        publicGossip: gossip,
      });
    });
  }

  it("tells others a public address with a port when there is one port", () => {
    const addresses = resolveAddresses({ listen: "0.0.0.0:10001", public: "db1.example:7000" });
    assert.equal(addresses.api, "0.0.0.0:10001");
    assert.equal(addresses.publicApi, "db1.example:7000");
    assert.equal(addresses.publicRpc, "db1.example:7000");
    assert.equal(addresses.publicGossip, "db1.example:7000");
  });

  it("keeps a gossip port of its own under the public host", () => {
    const flags = { listen: "0.0.0.0:10001", gossip: "0.0.0.0:11001", public: "db1.example:7000" };
    const addresses = resolveAddresses(flags);
    assert.equal(addresses.publicApi, "db1.example:7000");
    assert.equal(addresses.publicGossip, "db1.example:11001");
    const behind = resolveAddresses({ api: "0.0.0.0:3001", rpc: "0.0.0.0:21001", public: "db1" });
    assert.equal(behind.publicGossip, "db1:3001");
  });

  it("puts a public host in front of both ports", () => {
    const flags = { api: "0.0.0.0:3001", rpc: "0.0.0.0:21001" };
    const addresses = resolveAddresses({ ...flags, public: "db1" });
    assert.equal(addresses.publicApi, "db1:3001");
    assert.equal(addresses.publicRpc, "db1:21001");
    assert.equal(resolveAddresses({ ...flags, public: "[fd00::1]" }).publicApi, "[fd00::1]:3001");
    assert.equal(resolveAddresses({ ...flags, public: "fd00::1" }).publicRpc, "[fd00::1]:21001");
  });

  it("refuses a public port for two ports, and text that is no address", () => {
    const flags = { api: A, rpc: R };
    assert.throws(() => resolveAddresses({ ...flags, public: "db1:7000" }), {
      code: "invalid_argument",
      message: /--public-addr "db1:7000" has a port.*allowed: a host alone/,
    });
    assert.throws(() => resolveAddresses({ listen: L, public: "a b" }), {
      code: "invalid_argument",
      message: /--public-addr "a b" is not allowed; allowed: host:port or a host/,
    });
  });

  it("wants a public address where every interface is listened on", () => {
    for (const listen of ["0.0.0.0:10001", "[::]:10001"]) {
      assert.throws(() => resolveAddresses({ listen }), { message: /add --public-addr/ });
      const gossip = { listen: L, gossip: listen };
      assert.throws(() => resolveAddresses(gossip), { message: /add --public-addr/ });
    }
  });
});
