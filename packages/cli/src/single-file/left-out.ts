import type { CommandName } from "../early-flags.ts"

/** Commands that run a gateway or a simulator, or look into a database: twenty times the size of all others together. */
export const leftOut: readonly CommandName[] = ["simulate", "serve", "backup", "migrate", "move", "mcp", "init"]
