/** One line of the built code replaced by another. */
export interface Patch {
  /** Below the packages folder, of the build. */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** A mistake that somebody could make, and that the simulator must notice. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
}
