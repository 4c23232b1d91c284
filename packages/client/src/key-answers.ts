import { choiceField, fieldOf, numberField, textField } from "./json.ts";

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
  if (fieldOf(body, "value") === null) return undefined;
  return {
    value: textField(body, "value"),
    encoding: choiceField(body, "encoding", ["utf-8", "base64"]),
    createRevision: numberField(body, "create_revision"),
    modRevision: numberField(body, "mod_revision"),
    version: numberField(body, "version"),
  };
}
