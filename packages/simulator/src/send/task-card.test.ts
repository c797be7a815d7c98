import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { face, press, toldTo } from "../testing/cards.ts"
import { ALERTS, HR, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

type Json = Record<string, unknown>

const BUTTONS = [
  { key: "yes", name: "同意", replace_name: "已同意", color: "blue", is_bold: true },
  { key: "no", name: "拒绝", color: "red" },
]
let tasks = 0
const cardWith = (changes: Json = {}): Json => ({
  title: "请假",
  description: "李四 1 天",
  task_id: `task-${++tasks}`,
  btn: BUTTONS,
  ...changes,
})

const send = (sim: SimClient, taskcard: unknown, more: Json = {}): Promise<Answer> =>
  sim.send({ touser: "zhangsan|lisi", msgtype: "taskcard", text: undefined, taskcard, ...more })

async function update(sim: SimClient, body: Json, app: { agentid: number; secret: string } = ALERTS): Promise<Answer> {
  const query = { access_token: await sim.token(app) }
  return sim.post("message/update_taskcard", query, { agentid: app.agentid, ...body })
}

/** The answers of `message/send` to task cards, by the section of the reference. */
const CARDS: readonly (readonly [section: string, title: string, card: unknown, errcode: number])[] = [
  ["4.12", "two buttons", cardWith(), 0],
  ["4.12", "one button", cardWith({ btn: [{ key: "ok", name: "好" }] }), 0],
  ["4.12", "an address", cardWith({ url: "https://example.com/a" }), 0],
  ["4.12, 11.3", "an address without scheme", cardWith({ url: "example.com" }), 45034],
  ["4.12", "an address of 2049 bytes", cardWith({ url: `https://example.com/${"a".repeat(2029)}` }), 40058],
  ["4.12", "no title", cardWith({ title: "" }), 40058],
  ["4.12", "no description", cardWith({ description: undefined }), 40058],
  ["4.12, 11.4", "no task_id", cardWith({ task_id: undefined }), 42014],
  ["4.12, 11.4", "a task_id of 128", cardWith({ task_id: "t".repeat(128) }), 0],
  ["4.12, 11.4", "a task_id of 129", cardWith({ task_id: "t".repeat(129) }), 42014],
  ["4.12, 11.4", "a task_id with a blank", cardWith({ task_id: "a b" }), 42014],
  ["4.12", "no button", cardWith({ btn: [] }), 40058],
  ["4.12", "three buttons", cardWith({ btn: [...BUTTONS, { key: "later", name: "稍后" }] }), 40058],
  ["4.12, 11.4", "a button without key", cardWith({ btn: [{ name: "好" }] }), 42019],
  ["4.12, 11.4", "a key of 129 bytes", cardWith({ btn: [{ key: "k".repeat(129), name: "好" }] }), 42018],
  ["4.12, 11.4", "a button without name", cardWith({ btn: [{ key: "ok" }] }), 42020],
  ["4.12", "no card at all", undefined, 40058],
]

/** The answers of `message/update_taskcard` for a card that zhangsan and lisi have. */
const UPDATES: readonly (readonly [section: string, title: string, change: Json, errcode: number])[] = [
  ["5.3", "a key of it", {}, 0],
  ["5.3", "the key by its other name", { clicked_key: undefined, replace_name: "no" }, 0],
  ["5.3, 11.4", "a key that it does not have", { clicked_key: "later" }, 42017],
  ["5.3, 11.4", "no key", { clicked_key: undefined }, 42019],
  ["5.3, 11.4", "an unknown task", { task_id: "unknown" }, 42016],
  ["5.3, 11.4", "no task", { task_id: "" }, 42014],
  ["5.3", "nobody", { userids: [] }, 82101],
  ["5.3", "no userids", { userids: undefined }, 82101],
  ["5.3, 11.3", "userids in a string", { userids: "zhangsan" }, 40035],
  ["5.3", "members who do not have it", { userids: ["WangWu", "nobody"] }, 82102],
  ["5.3, 11.3", "no agentid", { agentid: undefined }, 41011],
  ["5.3, 11.3", "an agentid that is none", { agentid: "x" }, 40056],
  ["5.3", "another app's agentid", { agentid: HR.agentid }, 301002],
]

suite("task cards", () => {
  const sim = shared(async (resources) => {
    const started = resources.use(await simClient())
    await started.control("PUT", "settings", { limits: { member_per_minute: null } })
    return started
  })

  for (const [section, title, card, errcode] of CARDS) {
    // proves 32.task-card: each rule of a task card, with its section
    test(`${section}: ${title}: ${errcode}`, async () => {
      const answer = await send(sim(), card)
      assert.equal(answer.errcode, errcode, answer.errmsg)
      assert.equal(answer["response_code"], undefined)
      if (errcode === 0) assert.deepEqual(await face(sim()), JSON.parse(JSON.stringify(card)))
    })
  }

  for (const [section, title, change, errcode] of UPDATES) {
    // proves 32.task-card: each rule of update_taskcard, with its section
    test(`${section}: update with ${title}: ${errcode}`, async () => {
      const card = cardWith()
      await send(sim(), card)
      const answer = await update(sim(), {
        userids: ["zhangsan"],
        task_id: card["task_id"],
        clicked_key: "no",
        ...change,
      })
      assert.equal(answer.errcode, errcode, answer.errmsg)
      assert.equal((await face(sim()))?.["clicked_key"], errcode === 0 ? "no" : undefined)
    })
  }

  test("4.12, 11.4: a task_id goes once; long texts are cut", async () => {
    const card = cardWith({ title: "长".repeat(60), description: "长".repeat(200) })
    assert.equal((await send(sim(), card)).errcode, 0)
    const { title, description } = (await face(sim())) ?? {}
    assert.ok(String(title).length < 50 && String(description).length < 180)
    assert.equal((await send(sim(), card)).errcode, 42014)
  })

  test("an update changes those who are named and have it, and names the others in a list", async () => {
    const card = cardWith()
    const { task_id } = card
    await send(sim(), card)
    const answer = await update(sim(), { userids: ["lisi", "WangWu"], task_id, clicked_key: "yes" })
    assert.deepEqual(answer, { errcode: 0, errmsg: "ok", invaliduser: ["wangwu"] })
    assert.equal((await face(sim(), "lisi"))?.["clicked_key"], "yes")
    assert.deepEqual(await face(sim(), "zhangsan"), card)
    const foreign = await update(sim(), { userids: ["lisi"], task_id, clicked_key: "yes" }, HR)
    assert.equal(foreign.errcode, 42015)
  })

  // proves 32.task-card: a press
  test("a press tells the app its key and task, and the buttons of that phone make way", async () => {
    const card = cardWith()
    const { msgid } = await send(sim(), card)
    const before = (await toldTo(sim())).length
    const told = await press(sim(), { msgid, key: "yes" })
    assert.deepEqual([told.event, told.event_key, told.task_id], ["taskcard_click", "yes", card["task_id"]])
    assert.match(
      told.xml,
      new RegExp(`<EventKey><!\\[CDATA\\[yes]]></EventKey><TaskId><!\\[CDATA\\[${String(card["task_id"])}]]></TaskId>`),
    )
    assert.match(told.xml, /<AgentId>1000002<\/AgentId>/)
    assert.equal((await face(sim()))?.["clicked_key"], "yes")
    assert.deepEqual(await face(sim(), "lisi"), card)
    const again = await sim().control("POST", "phones/zhangsan/click", { msgid, key: "no" })
    assert.deepEqual([again.status, ((await again.json()) as { code: string }).code], [409, "answered"])
    const unknown = await sim().control("POST", "phones/lisi/click", { msgid, key: "later" })
    assert.equal(unknown.status, 422)
    assert.equal((await toldTo(sim())).length, before + 1)
  })
})
