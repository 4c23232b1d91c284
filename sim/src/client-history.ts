/** What a client sees of a key; version 0 stands for a missing one. */
export interface SeenRecord {
  readonly value: string | undefined;
  readonly version: number;
  /** Revision of the last write; 0 for a missing key. */
  readonly modRevision: number;
}

export type OperationInput =
  | { readonly kind: "get" }
  | { readonly kind: "put"; readonly value: string }
  | { readonly kind: "delete" }
  | { readonly kind: "get-and-set"; readonly value: string }
  | { readonly kind: "compare-and-set"; readonly value: string; readonly expectedVersion: number };

/** `revision`: of the write, or of the state that the read saw. */
export type OperationOutput =
  | { readonly kind: "get"; readonly revision: number; readonly record: SeenRecord }
  | { readonly kind: "put"; readonly revision: number }
  | { readonly kind: "delete"; readonly revision: number; readonly count: number }
  | { readonly kind: "get-and-set"; readonly revision: number; readonly previous: SeenRecord }
  | {
      readonly kind: "compare-and-set";
      readonly revision: number;
      readonly succeeded: boolean;
      readonly current: SeenRecord;
    };

/** One request of a client, from its first sending to its last answer. */
export interface Operation {
  readonly id: number;
  readonly client: number;
  readonly key: string;
  readonly input: OperationInput;
  /** Position of the request among all requests and answers. */
  readonly invoked: number;
  /** Position of the answer; Infinity while there is none: it may take effect at any later time. */
  returned: number;
  output: OperationOutput | undefined;
}

/**
 * What the clients saw, in one total order of requests and answers. An operation without an
 * answer is never assumed absent; only one that was certainly not applied is withdrawn.
 */
export class ClientHistory {
  readonly #operations = new Map<number, Operation>();
  #position = 0;
  #ids = 0;

  invoke(client: number, key: string, input: OperationInput): Operation {
    const operation: Operation = {
      id: ++this.#ids,
      client,
      key,
      input,
      invoked: ++this.#position,
      returned: Number.POSITIVE_INFINITY,
      output: undefined,
    };
    this.#operations.set(operation.id, operation);
    return operation;
  }

  complete(operation: Operation, output: OperationOutput): void {
    operation.returned = ++this.#position;
    operation.output = output;
  }

  /** It was certainly not applied. */
  withdraw(operation: Operation): void {
    this.#operations.delete(operation.id);
  }

  /** In the order of their requests. */
  operations(): readonly Operation[] {
    return [...this.#operations.values()];
  }
}
