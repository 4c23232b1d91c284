import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, lineAt, maskSource } from "./masked-source.ts";

const cases: readonly { name: string; text: string; hidden: string[]; kept: string[] }[] = [
  { name: "line comments", text: "a(); // b()\nc();", hidden: ["b()"], kept: ["a()", "c()"] },
  { name: "block comments", text: "a /* b\nc */ d", hidden: ["b", "c"], kept: ["a", "d"] },
  {
    name: "both kinds of quotes",
    text: `x("in1", 'in2'); y`,
    hidden: ["in1", "in2"],
    kept: ["x", "y"],
  },
  { name: "escaped quotes", text: `"a\\"hidden"; kept`, hidden: ["hidden"], kept: ["kept"] },
  {
    name: "slashes in strings",
    text: `"http://hidden"; kept()`,
    hidden: ["hidden"],
    kept: ["kept"],
  },
  {
    name: "templates but not their expressions",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the input
    text: "`in ${code(`deep ${inner}`)} in2`; end",
    hidden: ["in ", "deep", "in2"],
    kept: ["code(", "inner", "end"],
  },
  {
    name: "braces inside template expressions",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the input
    text: "`${f({ a: 1 })} in`; end",
    hidden: [" in`"],
    kept: ["f({ a: 1 })", "end"],
  },
  {
    name: "regular expressions",
    text: `const x = /["'//]in/g; kept / 2 / also`,
    hidden: ["in/g"],
    kept: ["kept / 2 / also"],
  },
];

for (const { name, text, hidden, kept } of cases) {
  test(`code leaves out ${name}`, () => {
    const { code } = maskSource(text);
    assert.equal(code.length, text.length);
    for (const part of hidden) assert.ok(!code.includes(part), `${part} in ${code}`);
    for (const part of kept) assert.ok(code.includes(part), `${part} not in ${code}`);
  });
}

test("comments are blank and strings are not when only comments are asked to go", () => {
  const { uncommented } = maskSource('f("string"); // comment');
  assert.ok(uncommented.includes("string"));
  assert.ok(!uncommented.includes("comment"));
});

test("all forms of import are found, also over several lines, and none in strings or comments", () => {
  const source = maskSource(
    [
      'import { a,\n  b } from "one";',
      'import "two";',
      'const c = await import("three");',
      'export { d } from "./four.ts";',
      'type E = import("five").E;',
      '// import "comment";',
      "const text = 'import \"string\"';",
    ].join("\n"),
  );
  const specifiers = importsOf(source).map((found) => found.specifier);
  assert.deepEqual(specifiers, ["one", "two", "three", "./four.ts", "five"]);
});

test("lines are counted from one", () => {
  assert.equal(lineAt("a\nb\nc", 0), 1);
  assert.equal(lineAt("a\nb\nc", 4), 3);
});
