/** The levels of Rust's log filters, and the nearest of ours. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ["off", "silent"],
  ["error", "error"],
  ["warn", "warn"],
  ["info", "info"],
  ["debug", "debug"],
  ["trace", "debug"],
]);

/**
 * The level for everything in a filter like `info,hyper=debug`, the last if there are several;
 * undefined when it has none. Levels of single targets name modules that do not exist here.
 */
export function levelOfRustLog(filter: string): string | undefined {
  const levels = filter.split(",").map((directive) => LEVELS.get(directive.trim().toLowerCase()));
  return levels.filter((level) => level !== undefined).at(-1);
}
