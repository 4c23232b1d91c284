import { CaucusError } from "@caucus/base";

/** Every limit and time of the transport. All are positive integers. */
export interface RpcConfig {
  /** Longest wait for a connection and its handshake, in ms. */
  readonly handshakeTimeoutMs: number;
  /** A ping is sent after this silence, in ms; an unanswered one ends the connection. */
  readonly keepAliveMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Wait before the second attempt to reach a peer, in ms; doubles up to `reconnectMaxMs`. */
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** A stream that has lived so long starts the back-off anew, in ms. */
  readonly healthyMs: number;
  /** Queue of one peer: further messages are dropped. */
  readonly queueMessagesMax: number;
  readonly queueBytesMax: number;
  /** A frame takes no further message once it has this size. */
  readonly frameBytesMax: number;
  /** Bytes handed to gRPC and not yet taken by the socket, per peer. */
  readonly unsentBytesMax: number;
  /** Largest gRPC message in both directions; above frameBytesMax plus the largest message. */
  readonly grpcMessageBytesMax: number;
  readonly concurrentStreamsMax: number;
  /** A snapshot of which no part was taken for so long is given up, in ms. */
  readonly snapshotStallMs: number;
  /** Forwarded writes without an answer, per address. */
  readonly forwardsMax: number;
  readonly forwardBytesMax: number;
}

export type RpcOptions = { readonly [K in keyof RpcConfig]?: RpcConfig[K] | undefined };

export const RPC_DEFAULTS: RpcConfig = {
  handshakeTimeoutMs: 1_000,
  keepAliveMs: 1_000,
  keepAliveTimeoutMs: 2_000,
  reconnectMinMs: 25,
  reconnectMaxMs: 500,
  healthyMs: 2_000,
  queueMessagesMax: 4_096,
  queueBytesMax: 16 * 1024 * 1024,
  frameBytesMax: 1024 * 1024,
  unsentBytesMax: 1024 * 1024,
  grpcMessageBytesMax: 16 * 1024 * 1024,
  concurrentStreamsMax: 100,
  snapshotStallMs: 10_000,
  forwardsMax: 4_096,
  forwardBytesMax: 32 * 1024 * 1024,
};

/** Throws CaucusError `invalid_argument` that names the option, its value and what is allowed. */
export function resolveRpcConfig(options: RpcOptions = {}): RpcConfig {
  const config: Record<string, number> = { ...RPC_DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!(name in RPC_DEFAULTS)) {
      const allowed = Object.keys(RPC_DEFAULTS).join(", ");
      throw new CaucusError("invalid_argument", `rpc option "${name}": allowed are ${allowed}`);
    }
    if (!Number.isSafeInteger(value) || value <= 0) {
      throw new CaucusError(
        "invalid_argument",
        `${name} is ${value}, allowed are integers above 0`,
      );
    }
    config[name] = value;
  }
  return config as unknown as RpcConfig;
}
