/** What the demo prints beside the log lines of its nodes. */
import { createLinePrinter, type TextSink, wantsColour } from "../console-logger.ts";

/** ANSI colours of the prefixes, one per node, then the demo's own. */
const PREFIX_COLOURS = [36, 35, 33] as const;
const OWN_COLOUR = 32;

export interface DemoOutput {
  /** A line of one node, prefixed with its name. */
  nodeLine(label: number, line: string): void;
  /** A line of the demo itself. */
  say(text: string): void;
}

export function createDemoOutput(sink: TextSink, noColour: string | undefined): DemoOutput {
  const colour = wantsColour(sink, noColour);
  const paint = (text: string, code: number): string =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  const print = createLinePrinter(colour);
  return {
    nodeLine(label, line): void {
      const code = PREFIX_COLOURS[(label - 1) % PREFIX_COLOURS.length] ?? OWN_COLOUR;
      sink.write(`${paint(`n${label} |`, code)} ${print(line).trimEnd()}\n`);
    },
    say(text): void {
      for (const line of text.split("\n")) sink.write(`${paint("demo |", OWN_COLOUR)} ${line}\n`);
    },
  };
}

export interface DemoNodeView {
  readonly label: number;
  readonly address: string;
  readonly pid: number | undefined;
}

/** What to try, without any prefix: the lines are for copying. */
export function welcomeText(nodes: readonly DemoNodeView[], dataDir: string): string {
  const at = (index: number): string => `http://${nodes[index % nodes.length]?.address}`;
  const json = "-H 'Content-Type: application/json'";
  return [
    "",
    "The cluster is ready:",
    "",
    ...nodes.map((node) => `  node ${node.label}   http://${node.address}   pid ${node.pid}`),
    "",
    "Write on one node, read on the others (the API in a browser: open a node's address):",
    "",
    `  curl -X POST ${at(0)}/api/write ${json} -d '{"key":"hello","value":"world"}'`,
    `  curl ${at(1)}/api/consistent_read/hello`,
    `  curl ${at(2)}/api/read/hello`,
    `  curl ${at(0)}/api/cluster`,
    "",
    "See what happens when a node dies: kill -9 its pid, then write and read again.",
    `Data: ${dataDir}`,
    "Ctrl+C stops all nodes.",
    "",
    "",
  ].join("\n");
}
