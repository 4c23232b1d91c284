import { randomBytes, randomInt } from "node:crypto";

const QUALITIES =
  "amber bold brisk calm clear crisp eager fair gentle grand keen kind lively lucky merry mild " +
  "neat nimble proud quick quiet rapid ready sharp silver smooth solid steady sunny swift warm wise";
const ANIMALS =
  "badger bear beaver bison crane deer dolphin eagle falcon ferret finch fox gecko hare heron " +
  "ibex jay koala lark lemur lynx marten newt otter owl puffin raven robin seal stork swan wren";

/** `server:127.0.0.1:10001-quick-otter-3f9c`: the name of a node that was given none. */
export function makeNodeName(address: string): string {
  const suffix = randomBytes(2).toString("hex");
  return `server:${address}-${pick(QUALITIES)}-${pick(ANIMALS)}-${suffix}`;
}

function pick(words: string): string {
  const list = words.split(" ");
  return list[randomInt(list.length)] ?? "node";
}
