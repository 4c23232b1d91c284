import assert from "node:assert/strict";
import { type StateStoreHarness, testStateStore } from "../testing/state-store-conformance.ts";
import { MapInstall, MapStateStore } from "./map-state-store.ts";

testStateStore("the map of the tests", () => harnessOf(new MapStateStore()));

function harnessOf(store: MapStateStore): StateStoreHarness {
  return {
    store,
    flush: async () => {},
    flip: async (install) => {
      assert.ok(install instanceof MapInstall);
      store.flip(install);
    },
    reopen: async () => harnessOf(store.reopen()),
    close: async () => {},
  };
}
