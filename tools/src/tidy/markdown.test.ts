import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown } from "./markdown.ts";
import { Repository } from "./repository.ts";

function messages(text: string, others: Record<string, string> = {}): string[] {
  const repository = Repository.of({ "docs/page.md": text, ...others });
  return markdown(repository).map((problem) => problem.message);
}

const wrong: readonly { name: string; text: string; says: RegExp }[] = [
  { name: "no title", text: "## Part\n", says: /0 titles/ },
  { name: "two titles", text: "# One\n\n# Two\n", says: /2 titles/ },
  { name: "a long line", text: `# One\n\n${"word ".repeat(30)}\n`, says: /columns/ },
  { name: "a link to nowhere", text: "# One\n\n[x](missing.md)\n", says: /leads nowhere/ },
  { name: "a link to a missing heading", text: "# One\n\n[x](#two)\n", says: /no such heading/ },
  {
    name: "a path of a machine",
    text: `# One\n\nSee ${"/home"}/ada/notes.\n`,
    says: /one machine/,
  },
  { name: "an open code block", text: "# One\n\n```sh\nls\n", says: /never closed/ },
];

for (const { name, text, says } of wrong) {
  test(`${name} is a problem`, () => {
    const found = messages(text);
    assert.equal(found.length, 1, found.join("; "));
    assert.match(found[0] as string, says);
  });
}

test("links to files, folders, headings and the web are fine, and code is not searched", () => {
  const text = [
    "# One",
    "",
    "[a](other.md), [b](other.md#a-part-b), [c](../docs), [d](#two), [e](https://example.org/x)",
    "`[f](nowhere.md)`",
    "",
    "## Two",
    "",
    "```sh",
    "# a comment, not a title",
    "```",
    "",
    `| ${"wide ".repeat(30)} |`,
    "",
  ].join("\n");
  assert.deepEqual(messages(text, { "docs/other.md": "# Other\n\n## A part: b\n" }), []);
});
