/** `./b.ts` or `../c/b.ts` seen from `from`, as a path of the repository. */
export function resolveRelative(from: string, target: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
