import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { ALERTS, HR, startCompat } from "./testing/compat-under-test.ts"
import type { Answer } from "./testing/compat-under-test.ts"

type Json = Record<string, unknown>

suite("task cards through the drop-in", () => {
  const compat = shared(async (resources) => resources.use(await startCompat()))
  let tasks = 0
  const cardWith = (changes: Json = {}): Json => ({
    title: "请假",
    description: "李四 1 天",
    task_id: `task-${++tasks}`,
    btn: [
      { key: "yes", name: "同意", replace_name: "已同意" },
      { key: "no", name: "拒绝" },
    ],
    ...changes,
  })
  const send = (taskcard: unknown, more: Json = {}, key?: string): Promise<Answer> =>
    compat().send({ touser: "zhangsan|lisi|nobody", msgtype: "taskcard", text: undefined, taskcard, ...more }, key)
  const update = (task_id: unknown, changes: Json = {}, key?: string): Promise<Answer> =>
    compat().call(
      "message/update_taskcard",
      { userids: ["zhangsan"], agentid: ALERTS.agentid, task_id, clicked_key: "yes", ...changes },
      key,
    )
  const shown = async (userid: string) => (await compat().sim.copies(userid)).at(-1)?.payload

  // proves 32.task-card: through the drop-in
  test("a task card is kept, sent and answered as any message, and its state changes for those who are named", async () => {
    const card = cardWith()
    const { msgid, ...answer } = await send(card)
    assert.deepEqual(answer, { errcode: 0, errmsg: "ok", invaliduser: "nobody" })
    const { json } = await compat().gateway.request(`/v1/messages/${String(msgid)}`)
    assert.deepEqual([json.state, json.msgtype], ["partly_sent", "taskcard"])
    assert.deepEqual(await shown("zhangsan"), card)
    const changed = await update(card["task_id"], { userids: ["ZhangSan", "Ghost"], agentid: String(ALERTS.agentid) })
    assert.deepEqual(changed, { errcode: 0, errmsg: "ok", invaliduser: ["ghost"] })
    assert.deepEqual([(await shown("zhangsan"))?.["clicked_key"], await shown("lisi")], ["yes", card])
    const all = await update(card["task_id"], { userids: ["lisi"], clicked_key: undefined, replace_name: "no" })
    assert.deepEqual(all, { errcode: 0, errmsg: "ok" })
    assert.equal((await compat().call("message/recall", { msgid })).errcode, 0)
  })

  for (const [what, card, errcode] of [
    ["no task_id", { task_id: "" }, 42014],
    ["three buttons", { btn: [1, 2, 3].map((n) => ({ key: `${n}`, name: `${n}` })) }, 40058],
    ["a button without name", { btn: [{ key: "yes" }] }, 42020],
    ["a button without key", { btn: [{ name: "好" }] }, 42019],
  ] as const) {
    // proves 32.task-card: what is wrong is refused before WeCom is asked
    test(`a task card with ${what} answers ${errcode}, and WeCom is not asked`, async () => {
      const before = (await compat().sim.calls()).length
      assert.equal((await send(cardWith(card))).errcode, errcode)
      assert.equal((await compat().sim.calls()).length, before)
    })
  }

  for (const [what, changes, errcode] of [
    ["an unknown task", { task_id: "unknown" }, 42016],
    ["a key that it does not have", { clicked_key: "later" }, 42017],
    ["no key", { clicked_key: "" }, 42019],
    ["nobody", { userids: [] }, 82101],
    ["members who do not have it", { userids: ["WangWu"] }, 82102],
    ["no agentid", { agentid: undefined }, 41011],
    ["an app that the key does not hold", { agentid: HR.agentid }, 301002],
  ] as const) {
    test(`an update with ${what} answers ${errcode}`, async () => {
      const { key } = await compat().key()
      const card = cardWith()
      const sent = await send(card, {}, key)
      assert.equal(sent.errcode, 0, sent.errmsg)
      assert.equal((await update(card["task_id"], changes, key)).errcode, errcode)
    })
  }

  test("a key needs scope send, and a chat shows no task card", async () => {
    const { key } = await compat().key({ scopes: ["read"] })
    assert.equal((await update("x", {}, key)).errcode, 48002)
    const body = { chatid: "simchat", msgtype: "taskcard", taskcard: cardWith() }
    const token = await compat().token()
    const query = { access_token: token, agentid: String(ALERTS.agentid) }
    assert.equal((await compat().post("appchat/send", query, body)).errcode, 86214)
  })

  // proves 32.task-card: a card that took several calls
  test("a task card that took several calls changes for members of each", async () => {
    // WeCom refuses the whole call because of an invalid id, and the gateway makes it again in halves.
    await compat().sim.control("POST", "faults", { path: "message/send", kind: "errcode", errcode: 40003, times: 1 })
    const card = cardWith()
    assert.equal((await send(card, { touser: "zhangsan|lisi" })).errcode, 0)
    const userids = ["zhangsan", "lisi"]
    assert.deepEqual(await update(card["task_id"], { userids }), { errcode: 0, errmsg: "ok" })
    for (const userid of userids) assert.equal((await shown(userid))?.["clicked_key"], "yes", userid)
  })
})
