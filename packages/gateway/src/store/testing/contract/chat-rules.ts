import assert from "node:assert/strict"
import type { ChatRecord, ChatStore, NewChatRecord } from "../../../model/ports/chats.ts"
import { NOON } from "../build.ts"
import { rule } from "./rule.ts"

const PARTY = { corpId: "ww1", agentId: 1_000_002 }
const INFO = { name: "值班群", owner: "zhangsan", members: ["zhangsan", "lisi"] }
const MINUTE = 60_000

const aChat = (chatid: string, changes: Partial<NewChatRecord> = {}): NewChatRecord => ({
  ...PARTY,
  ...INFO,
  chatid,
  fingerprint: "ab",
  ...changes,
})

async function begin(chats: ChatStore, chat: NewChatRecord, at = NOON, most = 9): Promise<"new" | "known" | "limit"> {
  const begun = await chats.begin(chat, at, NOON, most)
  if (begun === "limit") return begun
  return begun.isNew ? "new" : "known"
}

export const chatRules = [
  rule("a chat that is begun twice is kept once, and is made when WeCom has said so", async (store) => {
    const { chats } = store.stores
    assert.equal(await begin(chats, aChat("c1")), "new")
    assert.equal(await begin(chats, aChat("c1", { name: "another", fingerprint: "cd" }), NOON + 1), "known")
    const begun: ChatRecord = { ...aChat("c1"), isMade: false, createdAt: NOON, updatedAt: NOON }
    assert.deepEqual(await chats.get("ww1", "c1"), begun)
    const info = { name: undefined, owner: undefined, members: ["lisi", "007"] }
    const made = { ...begun, ...info, isMade: true, updatedAt: NOON + 2 }
    assert.deepEqual(await chats.put(PARTY, "c1", info, NOON + 2), made)
    await chats.forget("ww1", "c1")
    await using after = await store.crash()
    assert.deepEqual(await after.stores.chats.get("ww1", "c1"), made)
    assert.equal(await begin(after.stores.chats, aChat("c1")), "known")
    assert.equal(await after.stores.chats.get("ww2", "c1"), undefined)
    assert.equal(await after.stores.chats.get("ww1", "C1"), undefined)
  }),

  rule("a chat that was certainly not made is forgotten", async ({ stores: { chats } }) => {
    await begin(chats, aChat("c1"))
    await chats.forget("ww1", "c1")
    assert.equal(await chats.get("ww1", "c1"), undefined)
    assert.equal(await begin(chats, aChat("c1")), "new")
  }),

  rule("a chat that another program made is kept once it is known", async ({ stores: { chats } }) => {
    const expected = { ...PARTY, ...INFO, chatid: "c1", isMade: true, fingerprint: undefined }
    assert.deepEqual(await chats.put(PARTY, "c1", INFO, NOON), { ...expected, createdAt: NOON, updatedAt: NOON })
  }),

  rule("chats are listed for one app, newest first, page by page", async ({ stores: { chats } }) => {
    const ids = ["b", "a", "C", "9"]
    for (const id of ids) await begin(chats, aChat(id))
    await begin(chats, aChat("other", { agentId: 1_000_003 }))
    await begin(chats, aChat("b", { corpId: "ww2" }))
    const listed: string[] = []
    let cursor: string | undefined
    do {
      const page = await chats.list(PARTY, { limit: 3, ...(cursor !== undefined && { cursor }) })
      listed.push(...page.items.map(({ chatid }) => chatid))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    assert.deepEqual(listed, ids.toReversed())
    assert.deepEqual((await chats.list(PARTY, { limit: 9, cursor: "x" })).items, [])
    const others = await chats.list({ corpId: "ww1", agentId: 1_000_003 }, { limit: 9 })
    assert.deepEqual(
      others.items.map(({ chatid }) => chatid),
      ["other"],
    )
  }),

  rule("a corp begins no more chats than it may, and one that was not made does not count", async ({ stores }) => {
    const { chats } = stores
    await begin(chats, aChat("yesterday"), NOON - 1, 2)
    assert.deepEqual([await begin(chats, aChat("1"), NOON, 2), await begin(chats, aChat("2"), NOON, 2)], ["new", "new"])
    assert.equal(await begin(chats, aChat("3"), NOON, 2), "limit")
    assert.equal(await begin(chats, aChat("2"), NOON, 2), "known")
    assert.equal(await begin(chats, aChat("1", { corpId: "ww2" }), NOON, 2), "new")
    await chats.forget("ww1", "2")
    assert.equal(await begin(chats, aChat("3"), NOON, 2), "new")
  }),

  rule("a corp changes its chats no more often than it may", async (store) => {
    const { chats } = store.stores
    assert.equal(await chats.takeChange("ww1", NOON, MINUTE, 2), undefined)
    assert.equal(await chats.takeChange("ww1", NOON + 1000, MINUTE, 2), undefined)
    assert.equal(await chats.takeChange("ww1", NOON + 2000, MINUTE, 2), NOON + MINUTE)
    assert.equal(await chats.takeChange("ww2", NOON + 2000, MINUTE, 2), undefined)
    await using after = await store.crash()
    assert.equal(await after.stores.chats.takeChange("ww1", NOON + 3000, MINUTE, 2), NOON + MINUTE)
    assert.equal(await after.stores.chats.takeChange("ww1", NOON + MINUTE, MINUTE, 2), undefined)
    assert.equal(await after.stores.chats.takeChange("ww1", NOON + MINUTE, MINUTE, 2), NOON + 1000 + MINUTE)
  }),
]
