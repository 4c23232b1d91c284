// How soon five real processes have a key, and notice a death, a return and a goodbye. The failure
// detector starts with a prior of five intervals of 5 s, which has to fade first: hence half a minute
// of running. The limits are those of a machine that is not loaded, which is why this is no quick test.
import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startCaucus } from "../testing/caucus-process.ts";
import { getJson, namesOf, startGossipCluster, viewOf, whenAll } from "./gossip-cluster.ts";

const WARM_UP_MS = 30_000;

it("S0-51: a key is everywhere within 1 s, kill -9 is seen within 5 s and forgotten after the grace, a restart lives again", async (t) => {
  await using cluster = await startGossipCluster();
  const [seed = 0, , victim = 0] = cluster.ports;
  const others = cluster.ports.filter((port) => port !== victim);
  const name = `node_${victim}`;
  await whenAll(cluster.ports, "five live nodes", (view) => view.live_nodes.length === 5);
  // Nothing to poll for: what is awaited is the passing of time itself.
  await pause(WARM_UP_MS);

  await getJson(seed, "/set_kv?key=greeting&value=hello");
  const keyMs = await whenAll(
    cluster.ports,
    "the key everywhere",
    (view) => view.cluster_state["greeting"] === "hello",
  );
  t.diagnostic(`key everywhere after ${Math.round(keyMs)} ms`);
  assert.ok(keyMs < 1_000, `everywhere after ${keyMs} ms`);

  process.kill(cluster.pidOf(victim), "SIGKILL");
  const deadMs = await whenAll(others, `${name} dead on all others`, (view) =>
    namesOf(view.dead_nodes).includes(name),
  );
  t.diagnostic(`dead after ${Math.round(deadMs)} ms`);
  assert.ok(deadMs < 5_000, `dead after ${deadMs} ms`);

  const forgottenMs = await whenAll(others, `${name} forgotten`, (view) =>
    view.cluster_state.node_states.every(({ chitchat_id }) => chitchat_id.node_id !== name),
  );
  t.diagnostic(`forgotten ${Math.round(forgottenMs)} ms later`);
  assert.ok(forgottenMs > 5_000 && forgottenMs < 15_000, `forgotten after ${forgottenMs} ms`);

  const argv = ["node", "--listen_addr", `127.0.0.1:${victim}`, "--node_id", name];
  await using again = startCaucus([...argv, "--seed", `127.0.0.1:${seed}`]);
  await again.saw(/listening on/);
  const liveMs = await whenAll(others, `${name} live`, (view) =>
    namesOf(view.live_nodes).includes(name),
  );
  t.diagnostic(`live ${Math.round(liveMs)} ms after the restart`);
  assert.ok(liveMs < 10_000, `live after ${liveMs} ms`);

  again.child.kill("SIGTERM");
  const leftMs = await whenAll(
    others,
    `${name} gone`,
    (view) => !namesOf(view.live_nodes).includes(name),
  );
  t.diagnostic(`gone ${Math.round(leftMs)} ms after SIGTERM`);
  assert.ok(leftMs < 1_500, `gone after ${leftMs} ms`);
  assert.equal((await again.ended).code, 0);
  assert.equal((await viewOf(seed)).live_nodes.length, 4);
});
