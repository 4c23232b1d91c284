/** `caucus kv`: keys and values from a shell. Values are bytes: what goes in comes out. */
import { readFile } from "node:fs/promises";
import { CaucusError } from "@caucus/base";
import type { Client, ListEntry, StoredValue } from "@caucus/client";
import { VALUE_BYTES_MAX } from "@caucus/node";
import { type ByteSource, type Command, defineCommand } from "../command/command.ts";
import { defineCommandGroup } from "../command/command-group.ts";
import { ExitError, type ExitName } from "../command/exit-codes.ts";
import { CLIENT_SCHEMA, type ClientFlags, clientOf, jsonText } from "./client-schema.ts";
import { printable, tableText } from "./table-text.ts";

const KEY = { name: "KEY", doc: "1 to 4,096 bytes of UTF-8." } as const;

interface PutFlags extends ClientFlags {
  readonly file: string | undefined;
}

const PUT: Command = defineCommand<PutFlags>({
  name: "kv put",
  summary: "sets a key",
  about: [
    "Sets a key, and answers when a majority of the voters has it on disk. The value is an argument, a file, or standard input; any bytes will do, up to 1 MiB.",
  ],
  positionals: [
    KEY,
    { name: "VALUE", doc: "- or nothing: standard input, to its end.", optional: true },
  ],
  schema: {
    file: {
      type: "path",
      sayable: "flag",
      placeholder: "PATH",
      doc: "Takes the value from a file.",
    },
    ...CLIENT_SCHEMA,
  },
  async run(flags, context, [key = "", value]): Promise<ExitName> {
    const bytes = await givenValue(flags.file, value, context.stdin);
    const receipt = await clientOf(flags).write(key, bytes);
    const { index, revision, term } = receipt;
    context.stdout.write(
      flags.json ? jsonText({ key, revision, index, term }) : `revision ${revision}\n`,
    );
    return "ok";
  },
});

async function givenValue(
  file: string | undefined,
  value: string | undefined,
  stdin: () => ByteSource,
): Promise<string | Uint8Array> {
  if (file !== undefined) {
    if (value !== undefined) {
      throw new ExitError("usage", "VALUE and --file are both given; allowed is one of them");
    }
    return await readValueFile(file);
  }
  if (value !== undefined && value !== "-") return value;
  const source = stdin();
  if (value === undefined && source.isTTY === true) {
    const ways = "allowed are an argument, --file PATH, standard input, or - to type it";
    throw new ExitError("usage", `VALUE is missing; ${ways}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    length += chunk.length;
    // No need to read the rest of what is refused anyway.
    if (length > VALUE_BYTES_MAX) throw tooLong("standard input");
  }
  return Buffer.concat(chunks);
}

async function readValueFile(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > VALUE_BYTES_MAX) throw tooLong(file);
    return bytes;
  } catch (thrown) {
    if (thrown instanceof ExitError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ExitError("usage", `--file ${JSON.stringify(file)} can't be read: ${reason}`);
  }
}

function tooLong(what: string): ExitError {
  return new ExitError(
    "usage",
    `${what} is too long for a value; allowed are ${VALUE_BYTES_MAX} bytes`,
  );
}

interface ReadFlags extends ClientFlags {
  readonly local: boolean;
}

const LOCAL = {
  type: "flag",
  sayable: "flag",
  doc: "Reads what one node has applied, which may be behind; else the answer is never old.",
} as const;

const GET: Command = defineCommand<ReadFlags>({
  name: "kv get",
  summary: "prints the value of a key",
  about: [
    "Prints the value as it is; on a terminal a line end is added. A key that does not exist has an exit code of its own.",
  ],
  positionals: [KEY],
  schema: { local: LOCAL, ...CLIENT_SCHEMA },
  async run(flags, context, [key = ""]): Promise<ExitName> {
    const client = clientOf(flags);
    const found = await (flags.local ? client.readLocal(key) : client.get(key));
    if (flags.json) {
      context.stdout.write(
        jsonText(found === undefined ? { key, value: null } : storedJson({ key, ...found })),
      );
      return found === undefined ? "notFound" : "ok";
    }
    if (found === undefined) throw missing(key);
    context.stdout.write(bytesOf(found));
    if (context.stdout.isTTY === true) context.stdout.write("\n");
    return "ok";
  },
});

const DELETE: Command = defineCommand<ClientFlags>({
  name: "kv delete",
  summary: "deletes a key",
  about: ["Deletes a key. One that does not exist has an exit code of its own."],
  positionals: [KEY],
  schema: CLIENT_SCHEMA,
  async run(flags, context, [key = ""]): Promise<ExitName> {
    const receipt = await clientOf(flags).delete(key);
    if (flags.json) context.stdout.write(jsonText({ key, ...receipt }));
    else if (!receipt.deleted) throw missing(key);
    else context.stdout.write(`revision ${receipt.revision}\n`);
    return receipt.deleted ? "ok" : "notFound";
  },
});

/** By the names of the HTTP API, as all that `--json` prints. */
function storedJson({ createRevision, modRevision, version, ...stored }: ListEntry): object {
  return { ...stored, create_revision: createRevision, mod_revision: modRevision, version };
}

function missing(key: string): CaucusError {
  return new CaucusError("not_found", `the key ${JSON.stringify(key)} does not exist`);
}

interface ListFlags extends ReadFlags {
  readonly limit: number;
  readonly after: string | undefined;
  readonly keysOnly: boolean;
}

const LIST: Command = defineCommand<ListFlags>({
  name: "kv list",
  summary: "lists keys in byte order, with their values",
  about: [
    "Lists the keys that start with PREFIX. In the table long values are cut and control characters are escaped; --json has all of them.",
  ],
  positionals: [
    { name: "PREFIX", doc: "What the keys start with; default all keys.", optional: true },
  ],
  schema: {
    limit: {
      type: "integer",
      min: 1,
      max: 1_000_000,
      unit: "keys",
      sayable: "flag",
      default: 1_000,
      doc: "How many keys are listed at most.",
    },
    after: {
      type: "text",
      sayable: "flag",
      placeholder: "KEY",
      doc: "Lists only keys behind this one.",
    },
    keysOnly: { type: "flag", sayable: "flag", doc: "Prints one key in a line and nothing else." },
    local: LOCAL,
    ...CLIENT_SCHEMA,
  },
  async run(flags, context, [prefix = ""]): Promise<ExitName> {
    const { entries, more } = await listAll(clientOf(flags), prefix, flags);
    if (flags.json) {
      const all = flags.keysOnly ? entries.map(({ key }) => key) : entries.map(storedJson);
      context.stdout.write(jsonText({ entries: all, more }));
      return "ok";
    }
    if (flags.keysOnly) {
      const show = context.stdout.isTTY === true ? printable : String;
      for (const { key } of entries) context.stdout.write(`${show(key)}\n`);
    } else context.stdout.write(`${entriesText(entries)}\n`);
    if (more) context.stderr.write(`there are more; go on with ${goOn(entries)}\n`);
    return "ok";
  },
});

interface Listed {
  readonly entries: readonly ListEntry[];
  readonly more: boolean;
}

/** Of one page. */
const PAGE_RECORDS = 500;

async function listAll(client: Client, prefix: string, flags: ListFlags): Promise<Listed> {
  const entries: ListEntry[] = [];
  let { after } = flags;
  for (;;) {
    const limit = Math.min(PAGE_RECORDS, flags.limit - entries.length);
    const page = await client.list(prefix, {
      limit,
      ...(after === undefined ? {} : { after }),
      ...(flags.local ? { consistency: "local" } : {}),
    });
    entries.push(...page.entries);
    if (!page.more || entries.length >= flags.limit) return { entries, more: page.more };
    after = page.entries.at(-1)?.key;
  }
}

function goOn(entries: readonly ListEntry[]): string {
  return `--after ${JSON.stringify(entries.at(-1)?.key)}, or raise --limit`;
}

function entriesText(entries: readonly ListEntry[]): string {
  const rows = entries.map(({ key, modRevision, version, ...stored }) => [
    key,
    shownValue(stored),
    String(version),
    String(modRevision),
  ]);
  return tableText([["KEY", "VALUE", "VERSION", "REVISION"], ...rows]);
}

const SHOWN_CHARACTERS_MAX = 60;

function shownValue(stored: Pick<StoredValue, "encoding" | "value">): string {
  if (stored.encoding === "base64") return `(${bytesOf(stored).length} bytes)`;
  const shown = [...stored.value.slice(0, 2 * SHOWN_CHARACTERS_MAX)];
  if (shown.length <= SHOWN_CHARACTERS_MAX) return stored.value;
  return `${shown.slice(0, SHOWN_CHARACTERS_MAX - 1).join("")}…`;
}

function bytesOf({ encoding, value }: Pick<StoredValue, "encoding" | "value">): Uint8Array {
  return Buffer.from(value, encoding === "base64" ? "base64" : "utf8");
}

export const KV_COMMAND: Command = defineCommandGroup({
  name: "kv",
  summary: "reads and writes keys: get, put, delete, list",
  about: ["Reads and writes keys on a running cluster, through any of its nodes."],
  commands: [GET, PUT, DELETE, LIST],
});
