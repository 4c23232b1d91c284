import { fileURLToPath } from "node:url";

/** What Node.js has to run for a process of its own that runs `caucus`. */
export const MAIN_PATH: string = fileURLToPath(new URL("main.js", import.meta.url));
