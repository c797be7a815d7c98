import type { CommandName } from "./early-flags.ts"

/** The commands that this build does not have: none. In the single file, `single-file/left-out.ts` replaces this list. */
export const leftOut: readonly CommandName[] = []
