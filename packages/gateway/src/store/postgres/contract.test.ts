import assert from "node:assert/strict"
import { test } from "node:test"
import { acceptRules } from "../testing/contract/accept-rules.ts"
import { accountRules } from "../testing/contract/account-rules.ts"
import { callRules } from "../testing/contract/call-rules.ts"
import { callbackRules } from "../testing/contract/callback-rules.ts"
import { changeRules } from "../testing/contract/change-rules.ts"
import { eventRules } from "../testing/contract/event-rules.ts"
import { laneRules } from "../testing/contract/lane-rules.ts"
import { mediaRules } from "../testing/contract/media-rules.ts"
import { readerRules } from "../testing/contract/reader-rules.ts"
import { openTemporaryPostgres } from "./testing/open-store.ts"

const TIME = "it asks by a time of its own, and here the database's time decides"
const LANES = "to come: a message that joins its lane late, and a head that lets its lane go on, are not looked at yet"
const SWEEP = "to come: what a finished message or a dead node leaves behind is not deleted yet"
/** Left out, each with its reason. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  [
    "a claim past its lease may not begin, claimed by another or not",
    "a job has no lease that the caller names: it is its node's until that dies",
  ],
  [
    "who has lost the claim may not begin",
    "a job has no lease that the caller names: it is its node's until that dies",
  ],
  [
    "when the clock was set, an open call is as old as it was, and waits as long as it would have",
    "no node's clock is asked",
  ],
  ["a turn of the clock that is told again moves nothing again", "no node's clock is asked"],
  ["what was cancelled before its time and is retried is not due before its time", TIME],
  ["what is retried before any of its calls began is scheduled or queued anew", TIME],
  ["messages are listed by the state they are in now", TIME],
  [
    "closing a shared call that cannot have arrived ends it for all, and the others are due: asked by its own message",
    TIME,
  ],
  ["a scheduled message joins its lane when it is due", LANES],
  ["the head holds its lane no longer than it was said to", LANES],
  ["a head that held its lane for a time closes it again when it comes back without an end", LANES],
  ["a retried message goes to the end of its lane", LANES],
  [
    "a settle that finishes a message frees its lane and says so",
    "the window of jobs tells of what is due, not the outbox",
  ],
  ["of a large message that a crash cut short nothing is left", SWEEP],
  [
    "a large message is seen when all of it is stored, and not before",
    "the rule counts turns of the event loop, which a database elsewhere does not take",
  ],
  ["old files go, but none that a stored message names, and no bytes that another file has too", SWEEP],
])

const RULES = [
  ...acceptRules,
  ...callRules,
  ...changeRules,
  ...readerRules,
  ...eventRules,
  ...laneRules,
  ...accountRules,
  ...callbackRules,
  ...mediaRules,
]
test("each rule that is left out is one of the contract", () => {
  const titles = new Set(RULES.map(({ title }) => title))
  assert.deepEqual(
    [...LEFT_OUT.keys()].filter((title) => !titles.has(title)),
    [],
  )
})

for (const rule of RULES) {
  const skip = LEFT_OUT.get(rule.title) ?? false
  test(`postgres: ${rule.title}`, { skip }, () => rule.check(openTemporaryPostgres))
}
