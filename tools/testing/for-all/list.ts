import type { StartForAllTests } from "./start.ts"

/** In this order. */
export const STARTS: readonly StartForAllTests[] = []
