import { type Client, createClient } from "@caucus/client";
import type { OptionSchema } from "../command/option-schema.ts";

/** What every command that asks a cluster can be told. */
export interface ClientFlags {
  readonly endpoint: readonly string[];
  readonly json: boolean;
  readonly timeoutMs: number;
}

/** Of `caucus demo`, and of `caucus node` without addresses. */
export const DEFAULT_ENDPOINTS: readonly string[] = [
  "http://127.0.0.1:10001",
  "http://127.0.0.1:10000",
];

export const CLIENT_SCHEMA: OptionSchema<ClientFlags> = {
  endpoint: {
    type: "endpoint-list",
    default: DEFAULT_ENDPOINTS,
    doc: "HTTP addresses of nodes, tried in turn: any of them will do. CAUCUS_ENDPOINT in the environment sets another default.",
  },
  json: { type: "flag", doc: "Prints JSON for programs." },
  timeoutMs: {
    type: "integer",
    min: 1,
    max: 60_000,
    unit: "ms",
    default: 5_000,
    doc: "How long the whole command may wait for answers.",
  },
};

export function clientOf({ endpoint, timeoutMs }: Omit<ClientFlags, "json">): Client {
  return createClient({ endpoints: endpoint, timeoutMs });
}

/** What `--json` prints. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
