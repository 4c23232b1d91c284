/** What happened, in one word. Part of the trace hash. */
export type TraceKind =
  | "append"
  | "apply"
  | "call"
  | "chunk"
  | "client"
  | "commit"
  | "crash"
  | "deliver"
  | "durable"
  | "fault"
  | "heal"
  | "install"
  | "log"
  | "membership"
  | "outcome"
  | "refused"
  | "role"
  | "send"
  | "start"
  | "stop"
  | "write";

/**
 * Running hash over everything that happened, and optionally the readable lines. The hash does
 * not depend on whether lines are printed, so a replay can be compared with the first run.
 */
export class Trace {
  readonly #nowMs: () => number;
  readonly #print: ((line: string) => void) | undefined;
  readonly #codes = new Map<TraceKind, number>();
  #hash = 0x811c9dc5;

  constructor(nowMs: () => number, print: ((line: string) => void) | undefined) {
    this.#nowMs = nowMs;
    this.#print = print;
  }

  /** Callers build texts only when someone reads them. */
  get readable(): boolean {
    return this.#print !== undefined;
  }

  /** `label` is the node's, 0 for the world; `a` and `b` are what identifies the event. */
  record(kind: TraceKind, label: number, a: number, b: number, text?: string): void {
    this.#mix(this.#codeOf(kind) * 64 + label);
    this.#mix(Math.floor(this.#nowMs() * 1000));
    this.#mix(a);
    this.#mix(b);
    if (this.#print !== undefined) this.print(kind, label, text ?? `${a} ${b}`);
  }

  /** A line for readers only: not part of the hash. */
  print(kind: TraceKind, label: number, text: string): void {
    if (this.#print === undefined) return;
    const who = label === 0 ? "world" : `node ${label}`;
    const time = this.#nowMs().toFixed(3).padStart(11);
    this.#print(`${time} ${who.padEnd(7)} ${kind.padEnd(10)} ${text}`);
  }

  /** The hash so far, as eight hex digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  #codeOf(kind: TraceKind): number {
    let code = this.#codes.get(kind);
    if (code === undefined) {
      code = 0;
      for (let i = 0; i < kind.length; i++) code = (code * 31 + kind.charCodeAt(i)) & 0xffff;
      this.#codes.set(kind, code);
    }
    return code;
  }

  #mix(word: number): void {
    const hash = Math.imul(this.#hash ^ (word | 0), 0x01000193);
    this.#hash = hash ^ (hash >>> 13);
  }
}
