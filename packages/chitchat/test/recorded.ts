// The recorded facts in test/fixtures, and how they write down ids, digests and deltas: a field
// that is on the wire is named "name:type", and u64 values are decimal strings.
import { readFileSync } from "node:fs";
import type { ChitchatId } from "../src/core/chitchat-id.ts";
import type { Delta, DeltaOp, KeyStatus, NodeDelta } from "../src/core/delta.ts";
import type { Digest } from "../src/core/digest.ts";
import { formatOctets } from "../src/core/socket-address.ts";

export interface RecordedId {
  readonly "node_id:str16": string;
  readonly "generation_id:u64": string;
  readonly gossip_advertise_addr: {
    readonly "ip_octets:u8[4]"?: readonly number[];
    readonly "ip_octets:u8[16]"?: readonly number[];
    readonly "port:u16": number;
  };
}

export interface RecordedDigest {
  readonly nodes: readonly {
    readonly chitchat_id: RecordedId;
    readonly "heartbeat:u64": string;
    readonly "last_gc_version:u64": string;
    readonly "max_version:u64": string;
  }[];
}

export interface RecordedOp {
  readonly "op:u8": number;
  readonly chitchat_id?: RecordedId;
  readonly [field: string]: unknown;
}

export interface RecordedDelta {
  readonly ops: readonly RecordedOp[];
  readonly node_deltas?: readonly {
    readonly max_version: string;
    readonly num_key_values: number;
  }[];
  readonly encoder?: {
    readonly mtu: number;
    readonly num_ops_accepted: number;
    readonly first_refused_op?: RecordedOp;
  };
}

const STATUSES: readonly KeyStatus[] = ["set", "delete", "delete-after-ttl"];

export function readFixture(name: "vectors" | "scenarios"): unknown[] {
  const url = new URL(`../../test/fixtures/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as unknown[];
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function recordedId(id: RecordedId): ChitchatId {
  const address = id.gossip_advertise_addr;
  const octets = address["ip_octets:u8[4]"] ?? address["ip_octets:u8[16]"] ?? [];
  return {
    nodeId: id["node_id:str16"],
    generationId: BigInt(id["generation_id:u64"]),
    gossipAdvertiseAddress: { host: formatOctets(octets), port: address["port:u16"] },
  };
}

export function recordedDigest(digest: RecordedDigest): Digest {
  return digest.nodes.map((node) => ({
    id: recordedId(node.chitchat_id),
    heartbeat: BigInt(node["heartbeat:u64"]),
    lastGcVersion: BigInt(node["last_gc_version:u64"]),
    maxVersion: BigInt(node["max_version:u64"]),
  }));
}

export function recordedOps(delta: Pick<RecordedDelta, "ops">): DeltaOp[] {
  return delta.ops.map((op): DeltaOp => {
    switch (op["op:u8"]) {
      case 0:
        return {
          kind: "node",
          id: recordedId(op.chitchat_id as RecordedId),
          lastGcVersion: BigInt(op["last_gc_version:u64"] as string),
          fromVersionExcluded: BigInt(op["from_version_excluded:u64"] as string),
        };
      case 1:
        return {
          kind: "key-value",
          key: op["key:str16"] as string,
          value: op["value:str16"] as string,
          version: BigInt(op["version:u64"] as string),
          status: STATUSES[op["status:u8"] as number] as KeyStatus,
        };
      default:
        return { kind: "set-max-version", maxVersion: BigInt(op["max_version:u64"] as string) };
    }
  });
}

/** The ops put together by hand, so that the decoder is not its own judge. */
export function recordedDelta(delta: Pick<RecordedDelta, "ops">): Delta {
  const nodes: (NodeDelta & { keyValues: object[] })[] = [];
  for (const op of recordedOps(delta)) {
    const last = nodes.length - 1;
    if (op.kind === "node") {
      const { kind: _, ...node } = op;
      nodes.push({ ...node, keyValues: [], maxVersion: 0n });
    } else if (op.kind === "key-value") {
      const { kind: _, ...update } = op;
      nodes[last]?.keyValues.push(update);
      nodes[last] = { ...(nodes[last] as NodeDelta), maxVersion: op.version } as never;
    } else {
      nodes[last] = { ...(nodes[last] as NodeDelta), maxVersion: op.maxVersion } as never;
    }
  }
  return nodes;
}
