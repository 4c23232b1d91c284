import type { CommandContext } from "../command/command.ts";
import { wantsColour } from "../console-logger.ts";

/** What the commands that run local nodes say to whoever typed them. */
export interface ClusterReport {
  info(text: string): void;
  success(text: string): void;
  /** Goes to standard error, like errors. */
  warning(text: string): void;
  error(text: string): void;
  /** A line without a prefix. */
  line(text: string): void;
  /** The mark of a node's state. */
  dot(isRunning: boolean): string;
}

const COLOURS = { INFO: 34, SUCCESS: 32, WARNING: 33, ERROR: 31 } as const;
const RUNNING_COLOUR = 32;
const STOPPED_COLOUR = 31;

/** With `json` standard output is kept for the one object at the end. */
export function createClusterReport(context: CommandContext, json: boolean): ClusterReport {
  const { environment, stderr, stdout } = context;
  const paint = (sink: CommandContext["stderr"], code: number, text: string): string =>
    wantsColour(sink, environment.NO_COLOR) ? `\u001b[${code}m${text}\u001b[0m` : text;
  const say = (level: keyof typeof COLOURS, text: string): void => {
    const isProblem = level === "WARNING" || level === "ERROR";
    if (json && !isProblem) return;
    const sink = isProblem ? stderr : stdout;
    sink.write(`${paint(sink, COLOURS[level], `[${level}]`)} ${text}\n`);
  };
  return {
    info: (text) => say("INFO", text),
    success: (text) => say("SUCCESS", text),
    warning: (text) => say("WARNING", text),
    error: (text) => say("ERROR", text),
    line: (text) => void (json || stdout.write(`${text}\n`)),
    dot: (isRunning) =>
      isRunning ? paint(stdout, RUNNING_COLOUR, "●") : paint(stdout, STOPPED_COLOUR, "○"),
  };
}
