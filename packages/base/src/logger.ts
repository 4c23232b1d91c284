/** Extra facts of a log line. Values are primitives so that every sink can print them. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log sink. Implementations never throw. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Drops everything; the default of libraries and tests. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
