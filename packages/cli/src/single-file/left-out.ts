import type { CommandName } from "../early-flags.ts"

/** What runs a gateway or a simulator, or looks into a database: twenty times the size of all others together. */
export const leftOut: readonly CommandName[] = ["simulate", "serve", "backup", "migrate", "move", "mcp", "init"]
