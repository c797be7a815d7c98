import assert from "node:assert/strict"
import { test } from "node:test"
import type { Conversation } from "../../../src/ledger.ts"
import { type Unread, type UnreadAction, unreadReducer } from "./unread.ts"

const [ALERTS, HR] = [1000002, 1000003]

const after = (...actions: UnreadAction[]): Record<string, Record<string, number>> => {
  let unread: Unread = new Map()
  for (const action of actions) unread = unreadReducer(unread, action)
  return Object.fromEntries(Array.from(unread, ([userid, byApp]) => [userid, Object.fromEntries(byApp)]))
}

const arrived = (conversation: Conversation, userids: string[], seen = NO_PHONE): UnreadAction => ({
  kind: "arrived",
  arrivals: userids.map((userid) => ({ userid, conversation, count: 1 })),
  seen,
})
const NO_PHONE: { readonly userid: string; readonly conversation: Conversation | null } = {
  userid: "",
  conversation: null,
}

test("what arrives on a phone that is not open is counted by member and app", () => {
  assert.deepEqual(after(arrived(ALERTS, ["lisi", "zhangsan"]), arrived(ALERTS, ["lisi"]), arrived(HR, ["lisi"])), {
    lisi: { [ALERTS]: 2, [HR]: 1 },
    zhangsan: { [ALERTS]: 1 },
  })
})

test("what arrives on the phone that is looked at is read, but not in another app's conversation", () => {
  assert.deepEqual(after(arrived(ALERTS, ["lisi"], { userid: "lisi", conversation: null })), {})
  assert.deepEqual(after(arrived(ALERTS, ["lisi"], { userid: "lisi", conversation: ALERTS })), {})
  assert.deepEqual(after(arrived(ALERTS, ["lisi"], { userid: "lisi", conversation: HR })), { lisi: { [ALERTS]: 1 } })
})

test("looking at a phone, or at one conversation of it, reads what is there", () => {
  const both = [arrived(ALERTS, ["lisi"]), arrived(HR, ["lisi"])]
  assert.deepEqual(after(...both, { kind: "seen", userid: "lisi", conversation: HR }), { lisi: { [ALERTS]: 1 } })
  assert.deepEqual(after(...both, { kind: "seen", userid: "lisi", conversation: null }), {})
  assert.deepEqual(after(...both, { kind: "reset" }), {})
})
