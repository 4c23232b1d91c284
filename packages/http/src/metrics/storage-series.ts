import type { NodeMetrics, NodeObserver, NodeStatus } from "@caucus/node";
import { Histogram, type Registry } from "prom-client";
import { counter, DURATION_BUCKETS_SECONDS, gauge, named } from "./series.ts";

/** The state, and the disk under it. The histogram hears of fsyncs from now on. */
export function declareStorageSeries(
  registry: Registry,
  metrics: NodeMetrics,
): NodeObserver["synced"] {
  const about = named(registry, "caucus_storage");
  gauge(about("disk_bytes", "Files of the database; 0 in memory."), () => metrics.diskBytes());
  gauge(about("waiting_bytes", "Not yet taken by the disk."), () => {
    return metrics.counts().storage?.bytesWaiting ?? 0;
  });
  counter(about("writes_total", "Writes, each of all that waited."), () => {
    return metrics.counts().storage?.groups ?? 0;
  });
  counter(about("written_bytes_total", "Bytes taken by the disk."), () => {
    return metrics.counts().storage?.bytesWritten ?? 0;
  });
  const syncs = new Histogram({
    name: "caucus_storage_fsync_duration_seconds",
    help: "One write to the database with its fsync.",
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  return (durationMs) => syncs.observe(durationMs / 1_000);
}

export function declareKvSeries(registry: Registry, status: () => NodeStatus): void {
  gauge(
    { registry, name: "caucus_kv_revision", help: "Revision of the store: writes applied." },
    () => status().revision,
  );
}
