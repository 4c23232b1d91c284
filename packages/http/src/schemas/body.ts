/** A body of these fields and no others. */
export function bodyOf(required: readonly string[], properties: object): object {
  return { type: "object", additionalProperties: false, required, properties };
}
