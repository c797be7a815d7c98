import { setTimeout as sleep } from "node:timers/promises"
import assert from "node:assert/strict"
import type { StoredEvent } from "../../../model/ports/events.ts"
import { accepted, acceptAll, begin, claimOne, NOON, updateOf } from "../build.ts"
import { rule } from "./rule.ts"

export const eventRules = [
  rule("what happens to a message is reported in order, with its result", async (store) => {
    const { outbox, events } = store.stores
    assert.equal(await events.latest(), 0)
    await acceptAll(outbox, ["msg_1"])
    await outbox.settle([accepted(await begin(outbox, await claimOne(outbox)))])
    const change = { messageId: "msg_1", at: NOON + 200 }
    await outbox.update({ ...change, updates: [updateOf("pending", { from: ["sent"] })] })
    await outbox.update({ ...change, updates: [updateOf("sent")] })
    await outbox.update({ ...change, updates: [updateOf("recalled", { from: ["sent"] })] })
    const all = await events.since(0, { limit: 9, apps: "all" })
    assert.deepEqual(
      all.map(({ type, at, messageId, app, data }) => [type, at, messageId, app, data["state"]]),
      [
        ["message.accepted", NOON, "msg_1", "alerts", "queued"],
        ["message.finished", NOON + 100, "msg_1", "alerts", "sent"],
        ["message.reopened", NOON + 200, "msg_1", "alerts", "sending"],
        ["message.finished", NOON + 200, "msg_1", "alerts", "sent"],
        ["message.changed", NOON + 200, "msg_1", "alerts", "recalled"],
      ],
    )
    await using after = await store.crash()
    assert.deepEqual(await after.stores.events.since(0, { limit: 9, apps: "all" }), all)
    assert.equal(await after.stores.events.latest(), all.at(-1)?.id)
  }),

  rule("events resume after an id, of the apps in scope", async ({ stores: { outbox, events } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"])
    await acceptAll(outbox, ["msg_3"], { app: "hr" })
    const [first] = await events.since(0, { limit: 1, apps: "all" })
    assert.ok(first !== undefined)
    assert.deepEqual(idsOf(await events.since(first.id, { limit: 9, apps: "all" })), ["msg_2", "msg_3"])
    assert.deepEqual(idsOf(await events.since(0, { limit: 9, apps: ["hr"] })), ["msg_3"])
    assert.deepEqual(await events.since(0, { limit: 9, apps: [] }), [])
    assert.deepEqual(await events.since(await events.latest(), { limit: 9, apps: "all" }), [])
  }),

  // proves 28.D6: followers after a restore
  rule(
    "a follower that has seen an existing event continues behind it, and not behind one that never existed",
    async (store) => {
      const { outbox, events } = store.stores
      assert.deepEqual([await events.isStillThere(0), await events.isStillThere(1)], [true, false])
      assert.equal(await events.oldest(), 0)
      await acceptAll(outbox, ["msg_1", "msg_2"])
      await using after = await store.crash()
      const latest = await after.stores.events.latest()
      const isThere = await Promise.all(
        [0, latest - 1, latest, latest + 1].map((id) => after.stores.events.isStillThere(id)),
      )
      assert.deepEqual(isThere, [true, true, true, false])
    },
  ),

  // proves 12.R14: long histories
  rule("events of several apps come in their order, page by page", async ({ stores: { outbox, events } }) => {
    const apps = ["a", "b", "c", "a", "a", "c", "a", "b", "d", "a"]
    for (const [n, app] of apps.entries()) await acceptAll(outbox, [`msg_${n}`], { app })
    const told: string[] = []
    for (let after = 0; ;) {
      const page = await events.since(after, { limit: 3, apps: ["c", "a", "b", "a", "quiet"] })
      const last = page.at(-1)
      if (last === undefined) break
      told.push(...page.map(({ app }) => app))
      after = last.id
    }
    assert.deepEqual(
      told,
      apps.filter((app) => app !== "d"),
    )
  }),

  rule("a listener hears of an event once it can be read, and no longer than it wants", async ({ stores }) => {
    const { outbox, events } = stores
    const heard: StoredEvent[] = []
    const end = events.subscribe((event) => heard.push(event))
    const all: StoredEvent[] = []
    events.subscribe((event) => all.push(event))
    await acceptAll(outbox, ["msg_1"])
    await until(() => all.length === 1)
    assert.deepEqual(heard, await events.since(0, { limit: 9, apps: "all" }))
    end()
    await acceptAll(outbox, ["msg_2"])
    await until(() => all.length === 2)
    assert.equal(heard.length, 1)
  }),
]

/** Events of other nodes come through the database. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === 10_000) throw new Error("it was not heard of")
    await sleep(1)
  }
}

function idsOf(events: readonly StoredEvent[]): (string | undefined)[] {
  return events.map(({ messageId }) => messageId)
}
