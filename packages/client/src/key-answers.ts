import { arrayField, booleanField, choiceField, fieldOf, numberField, textField } from "./json.ts";

/** An acknowledged write: a majority has it on disk. */
export interface WriteReceipt {
  /** Of the whole store; rises by one per write that changed something. */
  readonly revision: number;
  /** Where it stands in the log. */
  readonly index: number;
  readonly term: number;
}

export interface DeleteReceipt extends WriteReceipt {
  /** Whether the key existed. */
  readonly deleted: boolean;
}

export interface StoredValue {
  /** Text, or base64 of bytes that are not UTF-8, as `encoding` tells. */
  readonly value: string;
  readonly encoding: "utf-8" | "base64";
  readonly createRevision: number;
  readonly modRevision: number;
  /** Writes since the key was created. */
  readonly version: number;
}

/** A record of a list. */
export interface ListEntry extends StoredValue {
  readonly key: string;
}

/** A part of a list. */
export interface ListPage {
  /** In byte order of the keys. */
  readonly entries: readonly ListEntry[];
  /** There is more behind the last entry. */
  readonly more: boolean;
}

/** How a value travels in JSON: bytes that are no UTF-8 as base64. */
export function encodedValue(value: string | Uint8Array): {
  readonly value: string;
  readonly encoding?: "base64";
} {
  if (typeof value === "string") return { value };
  try {
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value) };
  } catch {
    let latin1 = "";
    for (const byte of value) latin1 += String.fromCharCode(byte);
    return { value: btoa(latin1), encoding: "base64" };
  }
}

/** Reads the answer of a list. */
export function listPageOf(body: unknown): ListPage {
  const entries = arrayField(body, "entries").map((entry) => ({
    key: textField(entry, "key"),
    ...existingValueOf(entry),
  }));
  return { entries, more: booleanField(body, "more") };
}

/** Reads the answer of a write. */
export function receiptOf(body: unknown): WriteReceipt {
  return {
    revision: numberField(body, "revision"),
    index: numberField(body, "index"),
    term: numberField(body, "term"),
  };
}

/** Reads the answer of a delete. */
export function deleteReceiptOf(body: unknown): DeleteReceipt {
  return { ...receiptOf(body), deleted: numberField(body, "deleted") > 0 };
}

/** Reads the answer of a read; undefined when the key does not exist. */
export function storedValueOf(body: unknown): StoredValue | undefined {
  return fieldOf(body, "value") === null ? undefined : existingValueOf(body);
}

function existingValueOf(body: unknown): StoredValue {
  return {
    value: textField(body, "value"),
    encoding: choiceField(body, "encoding", ["utf-8", "base64"]),
    createRevision: numberField(body, "create_revision"),
    modRevision: numberField(body, "mod_revision"),
    version: numberField(body, "version"),
  };
}
