/** One measured line: what was done how often, by how many clients, under which sync mode. */
export interface BenchRow {
  readonly system: string;
  /** "fsync" when every acknowledged write was synced, "memory" when nothing touches a disk. */
  readonly sync: "fsync" | "memory";
  readonly operation: string;
  readonly clients: number;
  readonly perSecond: number;
  readonly medianMs?: number;
  readonly p99Ms?: number;
}

export function printRows(rows: readonly BenchRow[]): void {
  console.log("| system | sync | operation | clients | per second | median ms | p99 ms |");
  console.log("|---|---|---|---|---|---|---|");
  for (const row of rows) {
    const cells = [
      row.system,
      row.sync,
      row.operation,
      row.clients,
      Math.round(row.perSecond),
      row.medianMs?.toFixed(1) ?? "–",
      row.p99Ms?.toFixed(1) ?? "–",
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
