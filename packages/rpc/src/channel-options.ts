import type { ChannelOptions } from "@grpc/grpc-js";
import type { RpcConfig } from "./rpc-config.ts";

/** Bytes in flight per stream and connection before the receiver must have read some. */
const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;

function sharedOptions(config: RpcConfig): ChannelOptions {
  return {
    "grpc.max_receive_message_length": config.grpcMessageBytesMax,
    "grpc.max_send_message_length": config.grpcMessageBytesMax,
    "grpc.keepalive_time_ms": config.keepAliveMs,
    "grpc.keepalive_timeout_ms": config.keepAliveTimeoutMs,
    "grpc.enable_channelz": 0,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW_BYTES,
  };
}

export function serverOptions(config: RpcConfig): ChannelOptions {
  return { ...sharedOptions(config), "grpc.max_concurrent_streams": config.concurrentStreamsMax };
}

/** One connection of its own per client: nothing is pooled, proxied, retried or looked up. */
export function clientOptions(config: RpcConfig): ChannelOptions {
  return {
    ...sharedOptions(config),
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": config.reconnectMinMs,
    "grpc.max_reconnect_backoff_ms": config.reconnectMaxMs,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_retries": 0,
    // Without this a write is reported as done when it is merely copied into a buffer for
    // retries, also with retries off: back-pressure would begin only behind that buffer.
    "grpc.per_rpc_retry_buffer_size": 0,
  };
}
