import type { BootstrapPromise } from "@caucus/rpc";
import type { IdentityStore } from "@caucus/storage";

/**
 * What a node has durably bound itself to and not yet finished:
 * `promise`: a cluster that does not exist yet, its own or another asker's;
 * `joining`: it is in a cluster that it asked to join, and wants to become a voter there.
 */
export type Intention =
  | {
      readonly kind: "promise";
      readonly promise: BootstrapPromise;
      /** Own promises only: the new cluster's membership policy is automatic. */
      readonly automatic?: true;
    }
  | {
      readonly kind: "joining";
      /** It had found the cluster by gossip. */
      readonly nominated?: true;
    };

const INTENTION_FORMAT = 1;

/** @throws Error for a text that no version has written: the identity file has its own checksum */
export function readIntention(identity: IdentityStore): Intention | undefined {
  const text = identity.current.promise;
  if (text === undefined) return undefined;
  const { format, ...intention } = JSON.parse(text) as Intention & { readonly format: number };
  if (format !== INTENTION_FORMAT) {
    throw new Error(`bootstrap promise has format ${format}, supported is ${INTENTION_FORMAT}`);
  }
  return intention;
}

/** The promise for a cluster that does not exist yet. */
export function readPromise(identity: IdentityStore): BootstrapPromise | undefined {
  const intention = readIntention(identity);
  return intention?.kind === "promise" ? intention.promise : undefined;
}

/** Resolves when it is on disk. */
export function writeIntention(
  identity: IdentityStore,
  intention: Intention | undefined,
): Promise<void> {
  return identity.setPromise(
    intention === undefined
      ? undefined
      : JSON.stringify({ format: INTENTION_FORMAT, ...intention }),
  );
}
