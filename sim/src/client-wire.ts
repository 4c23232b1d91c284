import type { Command, CommandResult, KeyRecord } from "@caucus/kv";
import type { OperationInput, OperationOutput, SeenRecord } from "./client-history.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function keyBytes(key: string): Uint8Array {
  return encoder.encode(key);
}

export function commandOf(key: string, input: Exclude<OperationInput, { kind: "get" }>): Command {
  const bytes = keyBytes(key);
  switch (input.kind) {
    case "delete":
      return { kind: "delete", key: bytes };
    case "compare-and-set":
      return {
        kind: "compare-and-set",
        key: bytes,
        expectedVersion: input.expectedVersion,
        value: encoder.encode(input.value),
      };
    default:
      return { kind: input.kind, key: bytes, value: encoder.encode(input.value) };
  }
}

export function seen(record: KeyRecord | undefined): SeenRecord {
  if (record === undefined) return { value: undefined, version: 0, modRevision: 0 };
  const { value, version, modRevision } = record;
  return { value: decoder.decode(value), version, modRevision };
}

/** What the client makes of the answer; undefined when it does not fit the request. */
export function outputOf(
  input: OperationInput,
  result: CommandResult | undefined,
): OperationOutput | undefined {
  if (result?.kind === "compare-and-set") {
    if (input.kind !== "compare-and-set") return undefined;
    const { revision, succeeded } = result;
    return { kind: "compare-and-set", revision, succeeded, current: seen(result.current) };
  }
  if (result?.kind !== "done") return undefined;
  const { revision, count } = result;
  switch (input.kind) {
    case "put":
      return { kind: "put", revision };
    case "delete":
      return { kind: "delete", revision, count };
    case "get-and-set":
      return { kind: "get-and-set", revision, previous: seen(result.previous) };
    default:
      return undefined;
  }
}
