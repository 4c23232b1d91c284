import { lineAt } from "./masked-source.ts";
import { isPure, type Problem, type Repository } from "./repository.ts";

interface Ban {
  readonly words: RegExp;
  readonly isBannedIn: (path: string) => boolean;
  readonly reason: string;
}

const isSimulation = (path: string): boolean =>
  path.startsWith("sim/src/") && !/(^|\/)main\.ts$/.test(path);

const BANS: readonly Ban[] = [
  {
    words: /\bMath\.random\b/g,
    isBannedIn: (path) => isPure(path) || isSimulation(path),
    reason: "randomness comes in through Rng",
  },
  {
    words: /\b(Date\.now|new Date|performance\.now|process\.hrtime)\b/g,
    isBannedIn: (path) => isPure(path),
    reason: "time comes in as an argument",
  },
  {
    words: /\b(async|await|Promise|queueMicrotask|setTimeout|setInterval|setImmediate)\b/g,
    isBannedIn: (path) => isPure(path),
    reason: "core and wire are synchronous",
  },
  {
    words: /\bconsole\./g,
    isBannedIn: (path) => !/^(packages\/cli|tools|sim|bench|examples)\//.test(path),
    reason: "libraries write to the Logger they are given",
  },
  {
    words: /\bprocess\.env\b/g,
    isBannedIn: (path) => !/^(packages\/cli|tools)\//.test(path),
    reason: "only packages/cli reads the environment",
  },
];

/** Unfinished work is written down as an issue, and the comment names it: `TODO(#12)`. */
const UNFINISHED = /\b(TODO|FIXME|XXX)\b(?!\s*\(?#\d)/g;

/** Words that are wrong in some folders, and unfinished work that no issue knows of. */
export function bannedWords(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const path of repository.withEnding(".ts")) {
    const { text, code, uncommented } = repository.source(path);
    for (const { words, isBannedIn, reason } of BANS) {
      if (!isBannedIn(path)) continue;
      for (const match of code.matchAll(words)) {
        const line = lineAt(text, match.index);
        problems.push({ path, line, message: `${match[0]} is not allowed here: ${reason}` });
      }
    }
    for (const match of text.matchAll(UNFINISHED)) {
      if (uncommented[match.index] !== " ") continue;
      const line = lineAt(text, match.index);
      problems.push({ path, line, message: `${match[0]} without the number of an issue` });
    }
  }
  return problems;
}
