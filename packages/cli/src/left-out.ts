import type { CommandName } from "./early-flags.ts"

/** Commands that this build has not: none. Of the single file `single-file/left-out.ts` is in its place. */
export const leftOut: readonly CommandName[] = []
