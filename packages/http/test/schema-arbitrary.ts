// Random values that a JSON schema allows, for the keywords that our documents use. A schema with a
// keyword from outside this list is a reason to add it here.

import fc from "fast-check";

export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Values that the route takes, where the schema allows more than that. */
  readonly examples?: readonly unknown[];
}

const ITEMS_MAX = 4;
const EXTRA_FIELDS_MAX = 2;
/** Few texts, so that requests meet: what one writes, another reads or deletes. */
const LIKELY_TEXTS = [
  "a",
  "b",
  "1",
  "2",
  "127.0.0.1:1",
  "true",
  "ключ",
  "a/b",
  "..",
  "%",
  "\u0000",
];

export function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  const { examples = [] } = schema;
  if (examples.length === 0) return arbitraryOfSchema(schema);
  return fc.oneof(fc.constantFrom(...examples), arbitraryOfSchema(schema));
}

function arbitraryOfSchema(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(arbitraryOf));
  const { type } = schema;
  if (type === undefined) {
    return schema.properties === undefined ? fc.jsonValue({ maxDepth: 2 }) : objectOf(schema);
  }
  return typeof type === "string"
    ? arbitraryOfType(type, schema)
    : fc.oneof(...type.map((one) => arbitraryOfType(one, schema)));
}

function arbitraryOfType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return integerOf(schema);
    case "number":
      return fc.oneof(integerOf(schema), fc.double({ noNaN: true, min: schema.minimum ?? -1e9 }));
    case "string":
      return stringOf(schema);
    case "array":
      if (schema.prefixItems !== undefined) return fc.tuple(...schema.prefixItems.map(arbitraryOf));
      return fc.array(schema.items === undefined ? fc.jsonValue() : arbitraryOf(schema.items), {
        minLength: schema.minItems ?? 0,
        maxLength: schema.maxItems ?? ITEMS_MAX,
      });
    case "object":
      return objectOf(schema);
    default:
      throw new Error(`no random values for the type ${type}`);
  }
}

function integerOf({ maximum, minimum }: Schema): fc.Arbitrary<number> {
  const min = minimum ?? -10;
  const any = fc.integer({ min, max: maximum ?? Number.MAX_SAFE_INTEGER });
  return fc.oneof(fc.integer({ min, max: Math.min(min + 12, maximum ?? min + 12) }), any);
}

function stringOf({ maxLength, minLength = 0, pattern }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const likely = LIKELY_TEXTS.filter((text) => text.length >= minLength);
  const size = { minLength, ...(maxLength === undefined ? {} : { maxLength }) };
  return fc.oneof(fc.constantFrom(...likely), fc.string({ ...size, unit: "binary" }));
}

function objectOf(schema: Schema): fc.Arbitrary<object> {
  const { additionalProperties = true, properties = {}, required = [] } = schema;
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)]),
  );
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
  if (typeof additionalProperties === "boolean") return known;
  const extra = fc.dictionary(fc.string(), arbitraryOf(additionalProperties), {
    maxKeys: EXTRA_FIELDS_MAX,
  });
  return fc.tuple(extra, known).map(([more, own]) => ({ ...more, ...own }));
}
