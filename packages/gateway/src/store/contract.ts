import { test } from "node:test"
import { acceptRules } from "./testing/contract/accept-rules.ts"
import { accountRules } from "./testing/contract/account-rules.ts"
import { callRules } from "./testing/contract/call-rules.ts"
import { callbackRules } from "./testing/contract/callback-rules.ts"
import { changeRules } from "./testing/contract/change-rules.ts"
import { eventRules } from "./testing/contract/event-rules.ts"
import { laneRules } from "./testing/contract/lane-rules.ts"
import { mediaRules } from "./testing/contract/media-rules.ts"
import { queueRules } from "./testing/contract/queue-rules.ts"
import { readerRules } from "./testing/contract/reader-rules.ts"
import type { OpenStore, Rule } from "./testing/contract/rule.ts"
import { upkeepRules } from "./testing/contract/upkeep-rules.ts"

/** What every store must do: a store is supported when it passes all of it. */
export const CONTRACT: readonly Rule[] = [
  ...acceptRules,
  ...queueRules,
  ...laneRules,
  ...callRules,
  ...changeRules,
  ...readerRules,
  ...eventRules,
  ...callbackRules,
  ...accountRules,
  ...mediaRules,
  ...upkeepRules,
]

export function storeContract(name: string, open: OpenStore): void {
  for (const rule of CONTRACT) test(`${name}: ${rule.title}`, () => rule.check(open))
}
