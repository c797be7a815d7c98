import assert from "node:assert/strict"
import { taskIdOfCall } from "@wecom-push/protocol/delivery"
import type { NewCallback } from "../../../model/ports/callbacks.ts"
import { accepted, acceptAll, begin, claimOne, HOUR_MS, NOON, updateOf, WHOLE_TRAIL } from "../build.ts"
import { rule } from "./rule.ts"

function aCallback(changes: Partial<NewCallback> = {}): NewCallback {
  return { app: "alerts", id: "1", at: NOON, type: "wecom.enter_agent", data: { userid: "zhangsan" }, ...changes }
}

const aPress = (taskId: string, responseCode: string, userid = "zhangsan") => ({
  type: "card.clicked" as const,
  press: { msgtype: "template_card" as const, taskId, userid, responseCode },
})

/** WeCom gives no code with it. */
const aTaskCardPress = (taskId: string) => ({
  type: "card.clicked" as const,
  press: { msgtype: "taskcard" as const, taskId, userid: "zhangsan", responseCode: "" },
})

/** The stored fields of a card with this task. */
const ofCard = (taskId: string, msgtype = "template_card") => ({
  msgtype,
  parts: [JSON.stringify({ msgtype, [msgtype]: { task_id: taskId } })],
})

export const callbackRules = [
  rule("a callback is an event once, however often it is reported, and whatever dies in between", async (store) => {
    const { callbacks, events } = store.stores
    assert.equal(await callbacks.keep(aCallback()), "kept")
    assert.equal(await callbacks.keep(aCallback({ at: NOON + 5000 })), "known")
    assert.equal(await callbacks.keep(aCallback({ app: "hr" })), "kept")
    await using after = await store.crash()
    assert.equal(await after.stores.callbacks.keep(aCallback()), "known")
    const all = await after.stores.events.since(0, { limit: 9, apps: "all" })
    assert.deepEqual(all, await events.since(0, { limit: 9, apps: "all" }))
    assert.deepEqual(
      all.map(({ type, app, at, messageId, data }) => [type, app, at, messageId, data]),
      [
        ["wecom.enter_agent", "alerts", NOON, undefined, { userid: "zhangsan" }],
        ["wecom.enter_agent", "hr", NOON, undefined, { userid: "zhangsan" }],
      ],
    )
  }),

  rule("two of one delivery at once make one event", async ({ stores: { callbacks, events } }) => {
    const told = await Promise.all([callbacks.keep(aCallback()), callbacks.keep(aCallback())])
    assert.deepEqual(told, ["kept", "known"])
    assert.equal((await events.since(0, { limit: 9, apps: "all" })).length, 1)
  }),

  rule("a press names the message whose card it is, in whichever call it went out", async ({ stores }) => {
    const { outbox, callbacks, events } = stores
    const long = "x".repeat(128)
    await acceptAll(outbox, ["msg_1"], ofCard("deploy"))
    await acceptAll(outbox, ["msg_2"], ofCard("deploy@2"))
    await acceptAll(outbox, ["msg_3"], ofCard(long))
    await acceptAll(outbox, ["msg_4"], { ...ofCard("of-hr"), app: "hr" })
    const from = await events.latest()
    const tasks = ["deploy", taskIdOfCall("deploy", 3), "deploy@2", taskIdOfCall(long, 7), "of-hr", "unknown", ""]
    for (const [index, taskId] of tasks.entries()) {
      await callbacks.keep(aCallback({ id: `c${index}`, ...aPress(taskId, `code${index}`) }))
    }
    assert.deepEqual(
      (await events.since(from, { limit: 9, apps: "all" })).map(({ messageId }) => messageId),
      ["msg_1", "msg_1", "msg_2", "msg_3", undefined, undefined, undefined],
    )
  }),

  rule("a press of a task card names its message, and is no press of a template card", async ({ stores }) => {
    const { outbox, callbacks, events } = stores
    await acceptAll(outbox, ["msg_1"], ofCard("leave", "taskcard"))
    await acceptAll(outbox, ["msg_2"], ofCard("leave"))
    await acceptAll(outbox, ["msg_3"], { ...ofCard("of-hr", "taskcard"), app: "hr" })
    const from = await events.latest()
    const presses = [
      ...["leave", taskIdOfCall("leave", 3), "of-hr", "unknown", ""].map(aTaskCardPress),
      aPress("leave", "code"),
    ]
    for (const [index, press] of presses.entries()) await callbacks.keep(aCallback({ id: `c${index}`, ...press }))
    assert.deepEqual(
      (await events.since(from, { limit: 9, apps: "all" })).map(({ messageId }) => messageId),
      ["msg_1", "msg_1", undefined, undefined, undefined, "msg_2"],
    )
    assert.deepEqual(await callbacks.cardCodes("msg_1", { since: 0 }), [])
    assert.equal((await callbacks.cardCodes("msg_2", { since: 0 })).length, 1)
  }),

  rule("a press of a card that the app in else has sent names the robot's message", async ({ stores }) => {
    const { outbox, callbacks, events, apps } = stores
    const robot = { kind: "bot", corpId: "hash-of-a-bot", agentId: 0, settings: {}, secrets: { secret: "s" } }
    await apps.put({ ...robot, name: "assistant" }, NOON)
    const card = ofCard("deploy")
    const ofRobot = { ...card, app: "assistant" }
    await acceptAll(outbox, ["msg_1"], { ...ofRobot, otherwise: { ...card, app: "hr" } })
    await acceptAll(outbox, ["msg_2"], { ...ofRobot, otherwise: { ...card, app: "alerts" } })
    await acceptAll(outbox, ["msg_3"], ofRobot)
    const from = await events.latest()
    const tasks = ["deploy", taskIdOfCall("deploy", 3)]
    for (const [index, taskId] of tasks.entries()) {
      await callbacks.keep(aCallback({ id: `c${index}`, ...aPress(taskId, `code${index}`) }))
    }
    await callbacks.keep(aCallback({ id: "c9", app: "finance", ...aPress("deploy", "code9") }))
    assert.deepEqual(
      (await events.since(from, { limit: 9, apps: "all" })).map(({ messageId, messageApp }) => [messageId, messageApp]),
      [
        ["msg_2", "assistant"],
        ["msg_2", "assistant"],
        [undefined, undefined],
      ],
    )
    assert.deepEqual(
      new Set((await callbacks.cardCodes("msg_2", { since: 0 })).map(({ call }) => call)),
      new Set([1, 3]),
    )
  }),

  rule("a press of such a card names the message also when the robot was removed", async ({ stores }) => {
    const { outbox, callbacks, events, apps } = stores
    const robot = { kind: "bot", corpId: "hash-of-a-bot", agentId: 0, settings: {}, secrets: { secret: "s" } }
    await apps.put({ ...robot, name: "assistant" }, NOON)
    const card = ofCard("deploy")
    await acceptAll(outbox, ["msg_1"], { ...ofCard("another"), app: "billing" })
    await acceptAll(outbox, ["msg_2"], { ...card, app: "assistant", otherwise: { ...card, app: "alerts" } })
    await acceptAll(outbox, ["msg_3"], { ...ofCard("another"), app: "zabbix" })
    await outbox.update({ messageId: "msg_2", at: NOON, updates: [updateOf("sent")] })
    assert.equal(await apps.remove("assistant", NOON), "removed")
    await callbacks.keep(aCallback(aPress(taskIdOfCall("deploy", 2), "code")))
    const event = (await events.since(0, { limit: 99, apps: "all" })).find(({ type }) => type === "card.clicked")
    assert.deepEqual([event?.messageId, event?.messageApp], ["msg_2", "assistant"])
    assert.deepEqual(
      (await callbacks.cardCodes("msg_2", { since: 0 })).map(({ code, call }) => [code, call]),
      [["code", 2]],
    )
  }),

  rule("of messages with one task_id the press is of the one that WeCom took", async ({ stores }) => {
    const { outbox, callbacks, events } = stores
    await acceptAll(outbox, ["msg_1"], ofCard("deploy"))
    await outbox.settle([accepted(await begin(outbox, await claimOne(outbox)))])
    await acceptAll(outbox, ["msg_2"], ofCard("deploy"))
    await callbacks.keep(aCallback(aPress("deploy", "code")))
    assert.equal((await events.since(0, { limit: 9, apps: "all" })).at(-1)?.messageId, "msg_1")
  }),

  rule("codes of a card are listed newest first, and which of them are spent", async (store) => {
    const { outbox, callbacks } = store.stores
    await acceptAll(outbox, ["msg_1"], ofCard("deploy"))
    await callbacks.keep(aCallback({ id: "1", at: NOON, ...aPress("deploy", "first") }))
    await callbacks.keep(aCallback({ id: "2", at: NOON + 1, ...aPress("deploy@2", "second", "lisi") }))
    await callbacks.spend({ messageId: "msg_1", call: 2, code: "first", at: NOON + 2 })
    await callbacks.spend({ messageId: "msg_1", call: 2, code: "first", at: NOON + 9 })
    await callbacks.spend({ messageId: "msg_1", call: 2, code: "of-the-call", at: NOON + 3 })
    await using after = await store.crash()
    assert.deepEqual(await after.stores.callbacks.cardCodes("msg_1", { since: NOON - 1 }), [
      { code: "of-the-call", call: 2, userid: undefined, at: NOON + 3, spentAt: NOON + 3 },
      { code: "second", call: 2, userid: "lisi", at: NOON + 1, spentAt: undefined },
      { code: "first", call: 1, userid: "zhangsan", at: NOON, spentAt: NOON + 2 },
    ])
    assert.equal((await after.stores.callbacks.cardCodes("msg_1", { since: NOON })).length, 2)
    assert.deepEqual(await after.stores.callbacks.cardCodes("msg_2", { since: 0 }), [])
  }),

  rule("what will not be repeated, and codes that will not be used, are deleted", async ({ stores }) => {
    const { outbox, callbacks, upkeep } = stores
    await acceptAll(outbox, ["msg_1"], ofCard("deploy"))
    await callbacks.keep(aCallback(aPress("deploy", "code")))
    const pruneAt = (now: number) =>
      upkeep.prune({ now, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 100 })
    await pruneAt(NOON + 72 * HOUR_MS)
    assert.equal(await callbacks.keep(aCallback()), "kept")
    assert.equal((await callbacks.cardCodes("msg_1", { since: 0 })).length, 1)
    await pruneAt(NOON + 81 * HOUR_MS)
    assert.deepEqual(await callbacks.cardCodes("msg_1", { since: 0 }), [])
  }),
]
