// Brings node_modules in line with package-lock.json, and does nothing when it already is.
// Plain JavaScript and the only such script: it runs before the compiler is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MIN = [20, 19];

const root = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".caucus-installed");

refuseOldNode();
const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
const stamp = createHash("sha256").update(lockText).digest("hex");
if (readOrEmpty(stampFile) !== stamp) {
  const reason = differenceToLock(JSON.parse(lockText));
  if (reason !== undefined) install(reason);
  // The stamp also ends the question for optional packages that npm could not install here.
  writeFileSync(stampFile, stamp);
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  fail(`Node.js ${NODE_MIN.join(".")} or newer is needed, this is ${process.versions.node}.`);
}

/** Why `npm ci` is needed, or undefined. npm notes what it installed in a lock file of its own. */
function differenceToLock(lock) {
  const installedText = readOrEmpty(join(root, "node_modules", ".package-lock.json"));
  if (installedText === "") return "dependencies are not installed yet";
  const installed = JSON.parse(installedText).packages;
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === "") continue;
    const present = installed[path];
    if (present === undefined) {
      if (wanted.optional === true && !fitsThisPlatform(wanted)) continue;
      return `${path} is missing`;
    }
    if (present.version !== wanted.version || present.integrity !== wanted.integrity) {
      return `${path} is not the version of package-lock.json`;
    }
  }
  return undefined;
}

/** Packages for one C library are left to npm: which one this is cannot be asked cheaply. */
function fitsThisPlatform(entry) {
  if (entry.libc !== undefined) return false;
  return allows(entry.os, process.platform) && allows(entry.cpu, process.arch);
}

function allows(list, value) {
  if (list === undefined) return true;
  if (list.every((item) => item.startsWith("!"))) return !list.includes(`!${value}`);
  return list.includes(value);
}

function install(reason) {
  console.error(`Installing dependencies with npm ci: ${reason}.`);
  const npm = process.env.npm_execpath; // set when npm itself runs this script
  const [command, ...first] = npm?.endsWith("js") ? [process.execPath, npm] : ["npm"];
  const result = spawnSync(command, [...first, "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    shell: process.platform === "win32" && first.length === 0,
    stdio: ["ignore", 2, 2],
  });
  if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) fail("npm ci failed; its own message is above.");
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
