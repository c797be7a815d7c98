import assert from "node:assert/strict"
import type { NewCallback } from "../../../model/ports/callbacks.ts"
import type { Spoken } from "../../../model/ports/conversations.ts"
import type { NewApp } from "../../../model/ports/apps.ts"
import { NOON } from "../build.ts"
import { rule } from "./rule.ts"

const BOT = "hash-of-a-bot"

function said(id: string, at: number, spoken: Partial<Spoken> = {}): NewCallback {
  const { type = "user", id: place = "zhangsan", userid = "zhangsan", bot = BOT } = spoken
  return { app: "assistant", id, at, type: "wecom.text", data: {}, spoken: { bot, type, id: place, userid } }
}

const aBot = (name: string, corpId = BOT): NewApp => ({
  name,
  kind: "bot",
  corpId,
  agentId: 0,
  settings: {},
  secrets: { secret: "s" },
})

export const conversationRules = [
  rule("who wrote to a robot is kept with the message, once, newest conversation first", async (store) => {
    const { callbacks } = store.stores
    await callbacks.keep(said("1", NOON))
    await callbacks.keep(said("2", NOON + 1, { type: "chat", id: "group", userid: "lisi" }))
    await callbacks.keep(said("3", NOON + 2, { type: "chat", id: "group", userid: "zhangsan" }))
    await callbacks.keep(said("3", NOON + 9, { type: "user", id: "lisi", userid: "lisi" }))
    await callbacks.keep(said("4", NOON + 3, { bot: "another" }))
    await using after = await store.crash()
    assert.deepEqual(await after.stores.conversations.list(BOT, { limit: 9 }), {
      items: [
        { type: "chat", id: "group", userid: "zhangsan", firstAt: NOON + 1, lastAt: NOON + 2 },
        { type: "user", id: "zhangsan", userid: "zhangsan", firstAt: NOON, lastAt: NOON },
      ],
      nextCursor: undefined,
    })
  }),

  rule("conversations are listed page by page", async ({ stores }) => {
    const { callbacks, conversations } = stores
    const ids = ["a", "B", "c", "李", "Z", "-"]
    for (const id of ids) await callbacks.keep(said(id, NOON, { id, userid: id }))
    const seen: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < ids.length; page++) {
      const { items, nextCursor } = await conversations.list(BOT, {
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(...items.map(({ id }) => id))
      if (nextCursor === undefined) break
      cursor = nextCursor
    }
    assert.deepEqual(seen, ids.toReversed())
    assert.deepEqual((await conversations.list(BOT, { limit: 9, cursor: "x" })).items, [])
  }),

  rule("conversations are forgotten with the last app that is the robot, or is another one now", async ({ stores }) => {
    const { apps, callbacks, conversations } = stores
    const count = async (): Promise<number> => (await conversations.list(BOT, { limit: 9 })).items.length
    await apps.put(aBot("one"), NOON)
    await apps.put(aBot("two"), NOON)
    await callbacks.keep(said("1", NOON))
    await apps.remove("one", NOON)
    assert.equal(await count(), 1)
    await apps.change("two", { secret: "new" }, NOON)
    assert.equal(await count(), 1)
    await apps.change("two", { corpId: "another" }, NOON)
    assert.equal(await count(), 0)
    await callbacks.keep(said("2", NOON, { bot: "another" }))
    await apps.remove("two", NOON)
    assert.deepEqual((await conversations.list("another", { limit: 9 })).items, [])
  }),
]
