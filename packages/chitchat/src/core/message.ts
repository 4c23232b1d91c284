import type { Delta } from "./delta.ts";
import type { Digest } from "./digest.ts";

/** A handshake is Syn, SynAck, Ack; no state of it is kept between the messages. */
export type Message =
  | { readonly kind: "syn"; readonly clusterId: string; readonly digest: Digest }
  | { readonly kind: "syn-ack"; readonly digest: Digest; readonly delta: Delta }
  | { readonly kind: "ack"; readonly delta: Delta }
  | { readonly kind: "bad-cluster" };
