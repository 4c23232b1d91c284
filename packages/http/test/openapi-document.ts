import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Api, Reply } from "./api.ts";
import type { Schema } from "./schema-arbitrary.ts";

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Parameter {
  readonly in: "path" | "query";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One method of one path of the document. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface OpenApiDocument {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export async function documentOf(api: Api): Promise<OpenApiDocument> {
  return (await api.get("/spec")).json() as unknown as OpenApiDocument;
}

export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}

const ajv = new Ajv2020({ strict: false });

/** Whether the schema allows `value`. */
export function isAllowed(schema: Schema, value: unknown): boolean {
  return ajv.validate(schema, value);
}

/** Status, content type, body and every field of it are in the document. */
export function assertDocumented(operation: Operation, reply: Reply, name: string): void {
  const { responses } = operation;
  const response = responses[String(reply.status)] ?? responses[`${String(reply.status)[0]}XX`];
  assert.ok(response, `${name}: status ${reply.status} is not documented: ${reply.text}`);
  const type = reply.type.split(";", 1)[0] ?? "";
  if (type === "" && reply.text === "") return;
  const schema = response.content?.[type]?.schema;
  assert.ok(schema, `${name}: ${reply.status} as "${type}" is not documented: ${reply.text}`);
  const body = type.endsWith("json") ? reply.json() : reply.text;
  assert.ok(isAllowed(schema, body), `${name}: ${ajv.errorsText()} in ${reply.text}`);
  assertNothingHidden(schema, body, name);
}

/** A field that the document does not know is a fault of the document. */
function assertNothingHidden(schema: Schema, body: unknown, name: string): void {
  const { additionalProperties, properties } = schema;
  if (properties === undefined || additionalProperties !== undefined) return;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return;
  for (const [field, value] of Object.entries(body)) {
    const known = properties[field];
    assert.ok(known, `${name}: the field ${field} is not documented`);
    assertNothingHidden(known, value, name);
  }
}
