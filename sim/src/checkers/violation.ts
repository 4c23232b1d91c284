/** A property that did not hold, and how. */
export interface Violation {
  readonly property: string;
  readonly message: string;
}
