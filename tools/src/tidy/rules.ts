import { dependencyArrows } from "./arrows.ts";
import { bannedWords } from "./banned-words.ts";
import { deadFiles } from "./dead-files.ts";
import { fileNames } from "./file-names.ts";
import { invariants } from "./invariants.ts";
import { manifests } from "./manifests.ts";
import { markdown } from "./markdown.ts";
import type { Rule } from "./repository.ts";
import { seeds } from "./seeds.ts";
import { staleOutput } from "./stale-output.ts";

/** Every rule, under the name that its problems carry. */
export const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ["arrows", dependencyArrows],
  ["banned-words", bannedWords],
  ["dead-files", deadFiles],
  ["file-names", fileNames],
  ["invariants", invariants],
  ["manifests", manifests],
  ["markdown", markdown],
  ["seeds", seeds],
  ["stale-output", staleOutput],
];
