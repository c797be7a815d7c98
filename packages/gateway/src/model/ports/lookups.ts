import type { LookupStore } from "@wecom-push/sdk"

/**
 * Remembered userids of numbers and addresses. Its pauses serve every API that WeCom has closed for a while, each under
 * its key.
 */
export interface Lookups extends LookupStore {
  /**
   * The userids of hits that were stored after `from`, up to `to`, in the order of the keys. Strings alone: a message
   * to a million asks for a million, and records of them would fill the memory.
   */
  userids(keys: readonly string[], from: number, to: number): Promise<(string | undefined)[]>
}
