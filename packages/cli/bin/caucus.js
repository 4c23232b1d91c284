#!/usr/bin/env node
// Committed, unlike dist/, so that npm can link the command before the first build.
import { existsSync } from "node:fs";

const main = new URL("../dist/src/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("caucus: not built yet; run npm run build first\n");
  process.exitCode = 1;
}
