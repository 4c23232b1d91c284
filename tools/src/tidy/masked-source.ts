// A TypeScript file seen three ways, so that rules can tell code from comments and from strings.
// This is a scanner, not a parser: it knows comments, strings, templates and regular expressions.

/** All three texts have the same length and the same line ends, so that offsets agree. */
export interface MaskedSource {
  readonly text: string;
  /** Comments and the contents of strings, templates and regular expressions are blank. */
  readonly code: string;
  /** Comments are blank. */
  readonly uncommented: string;
}

/** After one of these (or at the start) a slash begins a regular expression. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in))\s*$/;

export function maskSource(text: string): MaskedSource {
  const code = text.split("");
  const uncommented = text.split("");
  // One number per open template expression: how many braces are open inside it.
  const templates: number[] = [];
  let at = 0;

  const blank = (to: number, asComment: boolean): void => {
    for (; at < to; at++) {
      if (text[at] === "\n") continue;
      code[at] = " ";
      if (asComment) uncommented[at] = " ";
    }
  };
  const templateText = (): void => {
    const end = endOfTemplateText(text, at);
    blank(end, false);
    if (text[at] === "$") {
      templates.push(0);
      at += 2;
    } else {
      at += 1;
    }
  };

  while (at < text.length) {
    const char = text[at];
    const pair = text.slice(at, at + 2);
    const depth = templates.at(-1);
    if (pair === "//") {
      blank(indexOrEnd(text, "\n", at), true);
    } else if (pair === "/*") {
      blank(indexOrEnd(text, "*/", at + 2) + 2, true);
    } else if (char === '"' || char === "'") {
      at += 1;
      blank(endOfDelimited(text, at, char), false);
      at += 1;
    } else if (char === "`") {
      at += 1;
      templateText();
    } else if (char === "/" && BEFORE_REGEX.test(code.slice(Math.max(0, at - 40), at).join(""))) {
      at += 1;
      blank(endOfDelimited(text, at, "/"), false);
      at += 1;
    } else if (char === "}" && depth === 0) {
      templates.pop();
      at += 1;
      templateText();
    } else {
      if (depth !== undefined && char === "{") templates.push((templates.pop() ?? 0) + 1);
      if (depth !== undefined && char === "}") templates.push((templates.pop() ?? 0) - 1);
      at += 1;
    }
  }
  return { text, code: code.join(""), uncommented: uncommented.join("") };
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i !== -1 && i < offset; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

export interface ImportedModule {
  readonly specifier: string;
  readonly line: number;
}

/** Every `from "x"`, `import "x"` and `import("x")` that is code, types included. */
export function importsOf(source: MaskedSource): ImportedModule[] {
  const found: ImportedModule[] = [];
  for (const match of source.uncommented.matchAll(
    /\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g,
  )) {
    if (source.code[match.index] === " ") continue;
    found.push({ specifier: match[2] as string, line: lineAt(source.text, match.index) });
  }
  return found;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const index = text.indexOf(part, from);
  return index === -1 ? text.length : index;
}

/** Offset of the closing `delimiter` on this line; inside `[…]` a slash does not close. */
function endOfDelimited(text: string, from: number, delimiter: string): number {
  let inClass = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at += 1;
    else if (char === "\n") return at;
    else if (delimiter === "/" && char === "[") inClass = true;
    else if (delimiter === "/" && char === "]") inClass = false;
    else if (char === delimiter && !inClass) return at;
  }
  return text.length;
}

/** Offset of the closing backquote or of the next `${`. */
function endOfTemplateText(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`" || (text[at] === "$" && text[at + 1] === "{")) return at;
  }
  return text.length;
}
