import { dirname } from "node:path";
import type { LogFields, Logger } from "@caucus/base";
import { pino } from "pino";
import pinoPretty from "pino-pretty";
import { ExitError, systemCode } from "./command/exit-codes.ts";
import { makeDirectory } from "./make-directory.ts";
import type { LogFormat, LogLevel } from "./node/node-schema.ts";

/** The part of a stream that logs need. */
export interface TextSink {
  /** True for a terminal. */
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ConsoleLoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly colour: boolean;
  readonly sink: TextSink;
}

/** A {@link Logger} over pino: readable lines on a terminal, else one JSON object per line. */
export function createConsoleLogger(options: ConsoleLoggerOptions): Logger {
  const { format, sink } = options;
  const readable = format === "pretty" || (format === "auto" && sink.isTTY === true);
  const pretty = readable ? createLinePrinter(options.colour) : (line: string) => line;
  const log = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string): void => void sink.write(pretty(line)) },
  );
  return {
    debug: (message: string, fields?: LogFields) => log.debug(fields, message),
    info: (message: string, fields?: LogFields) => log.info(fields, message),
    warn: (message: string, fields?: LogFields) => log.warn(fields, message),
    error: (message: string, fields?: LogFields) => log.error(fields, message),
  };
}

/**
 * A file that log lines are appended to, each at once; it and its directory are made when they are
 * missing. When writing fails later, that is said once on `fallback`, and the program goes on.
 * @throws ExitError that names the file
 */
export function openLogFile(path: string, fallback: TextSink): TextSink {
  const say = (error: unknown): string => {
    const reason = systemCode(error) ?? String(error);
    return `--log-file ${JSON.stringify(path)} can't be written (${reason})`;
  };
  try {
    makeDirectory(dirname(path));
    const file = pino.destination({ dest: path, sync: true });
    let isSaid = false;
    file.on("error", (error: unknown) => {
      if (!isSaid) fallback.write(`caucus: ${say(error)}\n`);
      isSaid = true;
    });
    return file;
  } catch (thrown) {
    throw new ExitError("usage", say(thrown), thrown);
  }
}

/** Makes one JSON log line readable; any other text comes back as it was. */
export function createLinePrinter(colour: boolean): (line: string) => string {
  const pretty = pinoPretty.prettyFactory({
    colorize: colour,
    singleLine: true,
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss.l",
  });
  return (line) => (line.startsWith("{") ? pretty(line) : line);
}

/** Whether to write colours: on a terminal, unless NO_COLOR says otherwise. */
export function wantsColour(sink: TextSink, noColour: string | undefined): boolean {
  return sink.isTTY === true && (noColour === undefined || noColour === "");
}
