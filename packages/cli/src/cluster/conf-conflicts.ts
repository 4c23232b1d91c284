import { ExitError } from "../command/exit-codes.ts";
import type { NodeConf } from "./node-conf.ts";

/** What two nodes of one machine must not share, with who has it. */
interface Claim {
  readonly what: string;
  readonly value: string;
}

/** Throws ExitError `usage` for the first thing that two of the nodes want for themselves. */
export function refuseConflicts(confs: readonly NodeConf[]): void {
  const owners = new Map<string, { readonly conf: NodeConf; readonly what: string }>();
  for (const conf of confs) {
    for (const { value, what } of claimsOf(conf)) {
      const kind = what.startsWith("gossip") ? `udp ${value}` : value;
      const owner = owners.get(kind);
      if (owner === undefined) {
        owners.set(kind, { conf, what });
      } else if (owner.conf !== conf) {
        throw new ExitError(
          "usage",
          `${conf.node.shownConf}: the ${what} ${value} is the ${owner.what} of ${owner.conf.node.name} (${owner.conf.node.shownConf}); allowed is one of its own`,
        );
      }
    }
  }
}

function claimsOf({ addresses, dataDir, label }: NodeConf): readonly Claim[] {
  return [
    { what: "node id", value: String(label) },
    { what: "Raft address", value: addresses.rpc },
    { what: "HTTP address", value: addresses.api },
    { what: "gossip address", value: addresses.gossip },
    ...(dataDir === undefined ? [] : [{ what: "data directory", value: dataDir }]),
  ];
}
