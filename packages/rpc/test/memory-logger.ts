import type { Logger } from "@caucus/base";

/** Keeps lines for a test to look at. */
export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  debug(): void {}

  info(): void {}

  warn(message: string): void {
    this.lines.push(message);
  }

  error(message: string): void {
    this.lines.push(message);
  }

  count(pattern: RegExp): number {
    return this.lines.filter((line) => pattern.test(line)).length;
  }
}
