import type { DialectName } from "./options.ts";

const SUMMARIES: Readonly<Record<DialectName, string>> = {
  "gossip-kv": "seed 0: keys of single nodes, which gossip tells to all",
  "service-registry": "seed 1: which node runs which service, told by gossip",
  "raft-cluster": "seed 3: keys, transactions and members of a Raft cluster",
  "raft-key-value": "seed 4: openraft's key-value store and its administration",
};

/** The tag in the OpenAPI document of every route of a dialect, at the root and under its prefix. */
export function dialectTag(name: DialectName): string {
  return `dialect ${name}`;
}

/** The tags of these dialects, as the head of the document lists them. */
export function describeDialects(
  names: readonly DialectName[],
): { readonly name: string; readonly description: string }[] {
  return names.map((name) => ({
    name: dialectTag(name),
    description: `As ${SUMMARIES[name]}; at the root and under /dialects/${name}.`,
  }));
}
