export type { FakeKvService } from "./fake-kv-service.ts";
export { createFakeKvService } from "./fake-kv-service.ts";
