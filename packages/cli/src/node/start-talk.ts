/**
 * What a node with a configuration file tells whoever starts it: the lines of seed 3, each when the
 * node has really come so far. HTTP serves before there is a cluster, since one port may be all
 * there is to form it over; the line that says so comes when clients can write.
 */
import type { Formation } from "@caucus/node";
import type { MemberSettings, StartProgress } from "./member.ts";

export interface StartTalk {
  /** Before anything is opened. */
  begin(): void;
  /** Follows a member that has started until it has said everything, or `signal` is aborted. */
  follow(progress: () => StartProgress, signal: AbortSignal): Promise<void>;
  /** Before the member stops. */
  stopping(): void;
  stopped(): void;
}

const POLL_MS = 20;

/** `say` gets one line at a time, empty ones too. */
export function createStartTalk(settings: MemberSettings, say: (line: string) => void): StartTalk {
  const sayAll = (lines: readonly string[]): void => {
    for (const line of lines) say(line);
  };
  return {
    begin(): void {
      sayAll([...configurationLines(settings), "", "Creating Raft node..."]);
    },
    async follow(progress, signal): Promise<void> {
      sayAll(["✓ Raft node created successfully!", ""]);
      const steps = new FormationSteps(say);
      // A member that stops must not be asked any more: its storage is closed.
      while (!signal.aborted && !steps.follow(progress())) await pause(POLL_MS);
      if (signal.aborted) return;
      say("Waiting for initial log to be committed...");
      while (!signal.aborted && !progress().hasCommitted) await pause(POLL_MS);
      if (signal.aborted) return;
      sayAll(["✓ Initial log committed successfully!", "", ...serverLines(settings)]);
    },
    stopping(): void {
      sayAll(["", "Shutting down Raft node..."]);
    },
    stopped(): void {
      sayAll(["✓ Raft node shutdown successfully!", "Server shutdown complete!"]);
    },
  };
}

/** Says each step of a formation once. */
class FormationSteps {
  readonly #say: (line: string) => void;
  #said: Formation["kind"] | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** True when the node belongs to a cluster and that has been said. */
  follow({ formation, hasCluster, isRestart }: StartProgress): boolean {
    if (isRestart) {
      this.#say("✓ Cluster already initialized");
      this.#say("");
      return true;
    }
    if (formation.kind === "created") {
      this.#step({ ...formation, kind: "creating" });
      this.#say("✓ Cluster initialized successfully!");
      this.#say("");
      return true;
    }
    this.#step(formation);
    return hasCluster && formation.kind === "waiting";
  }

  #step(formation: Formation): void {
    if (formation.kind === this.#said) return;
    this.#said = formation.kind;
    this.#say(
      formation.kind === "waiting"
        ? "Waiting for cluster to be ready..."
        : `Initializing ${formation.voters}-node cluster...`,
    );
  }
}

function configurationLines(settings: MemberSettings): string[] {
  const { addresses, bootstrap, dataDir, join, label, storage } = settings;
  return [
    "Configuration loaded:",
    `  node_id: ${label}`,
    `  raft_addr: ${addresses.rpc}`,
    `  http_addr: ${addresses.api}`,
    `  data_path: ${storage === "memory" ? "(memory)" : dataDir}`,
    `  single: ${bootstrap}`,
    `  join: [${join.map((address) => JSON.stringify(address)).join(", ")}]`,
  ];
}

function serverLines({ addresses, http }: MemberSettings): string[] {
  const url = `http://${addresses.api}`;
  const dialect = [
    `  GET  ${url}/get?key=<key>    - Get a value by key`,
    `  POST ${url}/set             - Set a key-value pair`,
    `  POST ${url}/delete          - Delete a key`,
  ];
  return [
    `HTTP server listening on ${url}`,
    "",
    "Available endpoints:",
    ...(http.dialects?.includes("raft-cluster") === true ? dialect : []),
    `  GET  ${url}/health          - Health check`,
    `  GET  ${url}/metrics         - Cluster metrics`,
    "",
    "Press Ctrl+C to shutdown...",
  ];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
