import type { NodeStatus } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import { Registry } from "prom-client";
import type { HttpServerConfig } from "../options.ts";
import { declareGossipSeries } from "./gossip-series.ts";
import { declareHttpSeries, type OpenNow } from "./http-series.ts";
import { processRegistry } from "./process-series.ts";
import { declareRaftCounts, declareRaftSeries } from "./raft-series.ts";
import { gaugeBy } from "./series.ts";
import { declareKvSeries, declareStorageSeries } from "./storage-series.ts";

/** The text exposition format of Prometheus, version 0.0.4. */
export const PROMETHEUS_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** All metrics of one server, with what the node, its gossip and the process tell. */
export class Exporter {
  readonly #registry: Registry = new Registry();
  readonly #config: HttpServerConfig;
  #status: NodeStatus;

  /** Before the routes of `app` are registered. A node without Raft has no series of it. */
  constructor(config: HttpServerConfig, app: FastifyInstance, open: () => OpenNow) {
    const { gossip, metrics, service } = config;
    const registry = this.#registry;
    this.#config = config;
    this.#status = service.status();
    const status = (): NodeStatus => this.#status;
    const hasRaft = this.#status.state !== "gossip-only";
    this.#declareInfo(hasRaft);
    if (hasRaft) {
      declareRaftSeries(registry, status);
      declareKvSeries(registry, status);
    }
    if (metrics !== undefined) {
      const committed = declareRaftCounts(registry, () => metrics.counts());
      metrics.observe({ committed, synced: declareStorageSeries(registry, metrics) });
    }
    if (gossip !== undefined) declareGossipSeries(registry, gossip);
    declareHttpSeries(registry, app, open);
  }

  async text(): Promise<string> {
    this.#status = this.#config.service.status();
    const [own, ofProcess] = await Promise.all([
      this.#registry.metrics(),
      processRegistry().metrics(),
    ]);
    return own + ofProcess;
  }

  #declareInfo(hasRaft: boolean): void {
    const registry = this.#registry;
    gaugeBy(
      { registry, name: "caucus_info", help: "1; the version of the program is the label." },
      "version",
      () => [[this.#status.version, 1]],
    );
    gaugeBy(
      { registry, name: "caucus_ready", help: "1 when /readyz says so; the label is what for." },
      "for",
      () => [[hasRaft ? "raft" : "gossip", this.#config.service.readiness().ready ? 1 : 0]],
    );
  }
}
