import type { Overflow } from "@wecom-push/sdk"

export const OVERFLOWS: readonly Overflow[] = ["reject", "split", "truncate"]

/** The value of a flag; undefined without one, and for a word that is none of these. */
export function overflowNamed(word: string | undefined): Overflow | undefined {
  return OVERFLOWS.find((one) => one === word)
}
