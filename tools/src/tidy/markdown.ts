import { resolveRelative } from "./relative-path.ts";
import type { Problem, Repository } from "./repository.ts";

const COLUMNS_MAX = 120;
/** Folders of one person's machine; a reader has none of them. */
const MACHINE_PATH = /(?<![\w.:/-])\/(?:work|root|home|Users|tmp)\/[\w.-]+/;

/** Markdown: one title, readable line lengths, links that lead somewhere, no private paths. */
export function markdown(repository: Repository): Problem[] {
  return repository.withEnding(".md").flatMap((path) => checkDocument(repository, path));
}

function checkDocument(repository: Repository, path: string): Problem[] {
  const problems: Problem[] = [];
  const text = repository.text(path) ?? "";
  let titles = 0;
  let isCode = false;
  for (const [index, content] of text.split("\n").entries()) {
    const line = index + 1;
    if (/^\s*(```|~~~)/.test(content)) isCode = !isCode;
    else if (!isCode && /^# /.test(content)) titles++;
    if (MACHINE_PATH.test(content)) {
      problems.push({ path, line, message: "a path that exists on one machine only" });
    }
    if (isCode) continue;
    // Rows of tables cannot be wrapped, and neither can a line that is one long link.
    if (content.length > COLUMNS_MAX && !/^\s*\||https?:\/\//.test(content)) {
      problems.push({
        path,
        line,
        message: `${content.length} columns, allowed are ${COLUMNS_MAX}`,
      });
    }
    for (const target of linksOf(content)) {
      const message = brokenLink(repository, path, target);
      if (message !== undefined) problems.push({ path, line, message });
    }
  }
  if (isCode) problems.push({ path, message: "a code block is never closed" });
  if (titles !== 1) problems.push({ path, message: `${titles} titles (# …), there must be one` });
  return problems;
}

/** Targets of `[text](target)` outside code spans. */
function linksOf(line: string): string[] {
  const prose = line.replace(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
}

function brokenLink(repository: Repository, path: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/.test(target)) return undefined;
  const [file = "", anchor] = target.split("#");
  const linked = file === "" ? path : resolveRelative(path, decodeURIComponent(file));
  const isFolder = [...repository.paths].some((known) => known.startsWith(`${linked}/`));
  if (!repository.paths.has(linked) && !isFolder) return `the link leads nowhere: ${target}`;
  if (anchor === undefined || !linked.endsWith(".md")) return undefined;
  const anchors = (repository.text(linked) ?? "").split("\n").filter((l) => l.startsWith("#"));
  return anchors.some((heading) => slugOf(heading) === anchor)
    ? undefined
    : `no such heading: ${target}`;
}

/** The anchor that code hosts make of a heading. */
function slugOf(heading: string): string {
  const words = heading
    .replace(/^#+\s*/, "")
    .trim()
    .toLowerCase();
  return words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}
