import type { LookupStore } from "@wecom-push/sdk"

/** Whose numbers and addresses these are. Its pauses serve every API that WeCom has closed for a while, under whatever key. */
export interface Lookups extends LookupStore {
  /**
   * The userids of hits that were stored since `from`, up to `to`, in the order of the keys. Strings alone: a message to
   * a million asks for a million, and records of them would fill the memory.
   */
  userids(keys: readonly string[], from: number, to: number): Promise<(string | undefined)[]>
}
