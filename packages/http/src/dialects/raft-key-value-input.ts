import type { KvService, LearnerRequest } from "@caucus/node";
import {
  checkAddress,
  checkLabel,
  invalid,
  keyBytes,
  nameType,
  quote,
  valueBytes,
} from "../key-value-input.ts";
import { checkVoters } from "../routes/admin.ts";

type Command = Parameters<KvService["write"]>[0];
type Fields = Readonly<Record<string, unknown>>;

/** One of seed 4's requests, and the value that its answer repeats. */
export interface ParsedWrite {
  readonly command: Command;
  readonly echo: string | null;
}

/** `{"Set":{key,value}}`, `{"AddNode":{id,addr}}` or `{"CompareAndSet":{key,expected_version,value}}`. */
export function parseWrite(body: unknown): ParsedWrite {
  const entries = Object.entries(requireObject(body, "the body"));
  const [name, content] = entries[0] ?? ["", undefined];
  if (entries.length !== 1) {
    throw invalid(`the body has ${entries.length} fields; allowed is one of ${WRITES}`);
  }
  switch (name) {
    case "Set": {
      const fields = requireFields(content, name, ["key", "value"]);
      const key = keyBytes(fields["key"], "Set.key");
      const value = valueBytes(fields["value"], "Set.value");
      return { command: { kind: "put", key, value }, echo: fields["value"] as string };
    }
    case "AddNode": {
      const fields = requireFields(content, name, ["id", "addr"]);
      const label = checkLabel(fields["id"], "AddNode.id");
      const address = checkAddress(fields["addr"], "AddNode.addr");
      return { command: { kind: "set-node", label, address }, echo: null };
    }
    case "CompareAndSet": {
      const fields = requireFields(content, name, ["key", "expected_version", "value"]);
      const expectedVersion = checkVersion(fields["expected_version"]);
      const key = keyBytes(fields["key"], "CompareAndSet.key");
      const value = valueBytes(fields["value"], "CompareAndSet.value");
      return { command: { kind: "compare-and-set", key, expectedVersion, value }, echo: null };
    }
    default:
      throw invalid(`unknown request ${quote(name)}; allowed are ${WRITES}`);
  }
}

const WRITES = "Set, AddNode, CompareAndSet";

/** `2`, `"2"`, `[2, "host:port"]` or `{node_id, api_addr, rpc_addr | raft_addr}`. */
export function parseAddLearner(body: unknown): LearnerRequest {
  if (Array.isArray(body)) {
    if (body.length !== 2) {
      throw invalid(`the body has ${body.length} items; allowed is [id, "host:port"]`);
    }
    return { label: parseLabel(body[0]), address: checkAddress(body[1], "address") };
  }
  if (typeof body !== "object" || body === null) return { label: parseLabel(body) };

  const fields = body as Fields;
  refuseUnknown(fields, "the body", ["node_id", "api_addr", "rpc_addr", "raft_addr"]);
  const label = parseLabel(fields["node_id"]);
  // All that are given must be addresses, though only the first is used.
  const addresses = ["rpc_addr", "raft_addr", "api_addr"]
    .filter((name) => fields[name] !== undefined)
    .map((name) => checkAddress(fields[name], name));
  return addresses[0] === undefined ? { label } : { label, address: addresses[0] };
}

/** `[1, 2]`, or the same as a JSON string. */
export function parseMembers(body: unknown): number[] {
  const members = typeof body === "string" ? parseText(body) : body;
  if (!Array.isArray(members)) {
    throw invalid(`the body is ${nameType(body)}; allowed is an array of ids such as [1, 2]`);
  }
  return checkVoters(members);
}

/** No body, `{}` or `[]`; also today's list of nodes when it names this node alone. */
export function checkInitBody(body: unknown, label: number): void {
  const entries = body === undefined ? [] : Object.values(requireCollection(body));
  for (const entry of entries) {
    const id: unknown = Array.isArray(entry) ? entry[0] : entry;
    if (id !== label) {
      const text = quote(id);
      throw invalid(`the body names node ${text}; allowed are none, {}, [] and node ${label}`);
    }
  }
}

function requireCollection(body: unknown): object {
  const allowed = Array.isArray(body) || isEmptyObject(body);
  if (!allowed) throw invalid(`the body is ${nameType(body)}; allowed are none, {} and []`);
  return body as object;
}

function isEmptyObject(body: unknown): boolean {
  return typeof body === "object" && body !== null && Object.keys(body).length === 0;
}

function parseLabel(label: unknown): number {
  const isDigits = typeof label === "string" && /^\d{1,16}$/.test(label);
  return checkLabel(isDigits ? Number(label) : label, "node_id");
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`the body is ${quote(text)}; allowed is an array of ids such as [1, 2]`);
  }
}

function checkVersion(version: unknown): number {
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 0) {
    throw invalid(
      `CompareAndSet.expected_version is ${quote(version)}; allowed are integers from 0`,
    );
  }
  return version;
}

function requireFields(content: unknown, name: string, known: readonly string[]): Fields {
  const fields = requireObject(content, name);
  refuseUnknown(fields, name, known);
  return fields;
}

function requireObject(content: unknown, name: string): Fields {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw invalid(`${name} is ${nameType(content)}; allowed is an object`);
  }
  return content as Fields;
}

function refuseUnknown(fields: Fields, name: string, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown !== undefined) {
    throw invalid(
      `${name} has the unknown field ${quote(unknown)}; allowed are ${known.join(", ")}`,
    );
  }
}
