/** What `npm test` may be told on its command line. */
export interface TestSelection {
  /** Run the `*.long.test.ts` files, and only them. */
  readonly long: boolean;
  /** Keep files whose source path contains one of these; empty keeps all. */
  readonly pathParts: readonly string[];
}

export interface TestFiles {
  /** Compiled test files, relative to the repository, in the order of the given paths. */
  readonly selected: readonly string[];
  /** Compiled test files whose source is gone: never run. */
  readonly stale: readonly string[];
}

/** The source of a compiled file: `a/dist/test/b.js` comes from `a/test/b.ts`. */
export function sourceOf(compiled: string): string {
  return compiled.replace(/(^|\/)dist\//, "$1").replace(/\.js$/, ".ts");
}

/** Chooses from `paths` (all files of the repository, `/`-separated) what to run. */
export function selectTestFiles(paths: readonly string[], selection: TestSelection): TestFiles {
  const known = new Set(paths);
  const selected: string[] = [];
  const stale: string[] = [];
  for (const path of paths) {
    if (!/(^|\/)dist\/.*\.test\.js$/.test(path)) continue;
    const source = sourceOf(path);
    if (!known.has(source)) {
      stale.push(path);
      continue;
    }
    if (path.endsWith(".long.test.js") !== selection.long) continue;
    const { pathParts } = selection;
    if (pathParts.length > 0 && !pathParts.some((part) => source.includes(part))) continue;
    selected.push(path);
  }
  return { selected, stale };
}

/** Reads the arguments of `npm test`. Throws with the allowed ones on anything unknown. */
export function parseTestArguments(args: readonly string[]): TestSelection {
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--long");
  if (unknown !== undefined) {
    throw new Error(`unknown option ${unknown}; allowed are --long and parts of paths`);
  }
  return {
    long: args.includes("--long"),
    // A compiled path or one that starts with ./ is accepted for its source.
    pathParts: args
      .filter((arg) => arg !== "--long")
      .map((arg) => sourceOf(arg.replace(/^\.\//, ""))),
  };
}
