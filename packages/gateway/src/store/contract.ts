import { test } from "node:test"
import { acceptRules } from "./testing/contract/accept-rules.ts"
import { accountRules } from "./testing/contract/account-rules.ts"
import { callRules } from "./testing/contract/call-rules.ts"
import { callbackRules } from "./testing/contract/callback-rules.ts"
import { changeRules } from "./testing/contract/change-rules.ts"
import { claimRules } from "./testing/contract/claim-rules.ts"
import { clockRules } from "./testing/contract/clock-rules.ts"
import { chatRules } from "./testing/contract/chat-rules.ts"
import { conversationRules } from "./testing/contract/conversation-rules.ts"
import { eventRules } from "./testing/contract/event-rules.ts"
import { laneRules } from "./testing/contract/lane-rules.ts"
import { lifeRules } from "./testing/contract/life-rules.ts"
import { mediaRules } from "./testing/contract/media-rules.ts"
import { queueRules } from "./testing/contract/queue-rules.ts"
import { readerRules } from "./testing/contract/reader-rules.ts"
import { recallRules } from "./testing/contract/recall-rules.ts"
import { recentSendRules } from "./testing/contract/recent-send-rules.ts"
import type { OpenStore, Rule } from "./testing/contract/rule.ts"
import { sourceRules } from "./testing/contract/source-rules.ts"
import { upkeepRules } from "./testing/contract/upkeep-rules.ts"

/** The rules of every store: a store is supported when it passes all of them. */
export const SHARED_CONTRACT: readonly Rule[] = [
  ...acceptRules,
  ...queueRules,
  ...laneRules,
  ...callRules,
  ...changeRules,
  ...readerRules,
  ...eventRules,
  ...callbackRules,
  ...chatRules,
  ...conversationRules,
  ...accountRules,
  ...sourceRules,
  ...mediaRules,
  ...upkeepRules,
  ...lifeRules,
  ...recallRules,
]

/** The further rules of a store that one process uses alone, with its times and its claims. */
const LOCAL_CONTRACT: readonly Rule[] = [...claimRules, ...clockRules, ...recentSendRules]

export const CONTRACT: readonly Rule[] = [...SHARED_CONTRACT, ...LOCAL_CONTRACT]

export function storeContract(name: string, open: OpenStore): void {
  for (const rule of CONTRACT) test(`${name}: ${rule.title}`, () => rule.check(open))
}
