import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { changed } from "./testing/changed.ts"
import { ALERTS, HR, startCompat } from "./testing/compat-under-test.ts"
import type { CompatUnderTest } from "./testing/compat-under-test.ts"

// proves 4.5: the gateway
test("a card is changed by the code that message/send gave, once", async () => {
  await using compat = await startCompat()
  const update = anUpdate(await sendCard(compat), { userids: ["zhangsan", "Ghost"], agentid: String(ALERTS.agentid) })

  const first = await compat.call("message/update_template_card", update)
  const second = await compat.call("message/update_template_card", update)

  assert.deepEqual(first, { errcode: 0, errmsg: "ok", invaliduser: ["ghost"] })
  const { messages } = (await (await compat.sim.control("GET", "messages?userid=zhangsan")).json()) as {
    messages: { body: { template_card: { replace_text?: string } } }[]
  }
  assert.equal(messages.at(-1)?.body.template_card.replace_text, "已发布")
  assert.equal(second.errcode, 60140)
})

test("a full success has no list, as with WeCom", async () => {
  await using compat = await startCompat()
  const update = anUpdate(await sendCard(compat))
  assert.deepEqual(await compat.call("message/update_template_card", update), { errcode: 0, errmsg: "ok" })
})

for (const { rule, changes, errcode } of [
  { rule: "an unknown code", changes: { response_code: "unknown" }, errcode: 60140 },
  { rule: "no code", changes: { response_code: undefined }, errcode: 60140 },
  { rule: "no agentid", changes: { agentid: undefined }, errcode: 41011 },
  { rule: "an agentid that is no number", changes: { agentid: "x" }, errcode: 40056 },
  { rule: "an app the key does not hold", changes: { agentid: HR.agentid }, errcode: 301002 },
  { rule: "no recipient", changes: { userids: [] }, errcode: 82101 },
  { rule: "a string for userids", changes: { userids: "zhangsan" }, errcode: 40035 },
  { rule: "nothing new", changes: { button: undefined }, errcode: 40058 },
]) {
  // proves 11.B14: precise refusals
  test(`an update with ${rule} answers ${errcode}`, async () => {
    await using compat = await startCompat()
    const { key } = await compat.key()
    const update = anUpdate(await sendCard(compat), changes)
    assert.equal((await compat.call("message/update_template_card", update, key)).errcode, errcode)
  })
}

// proves 11.B30: strict
test("a new card with a task_id and other things that WeCom does not document changes the card", async () => {
  await using compat = await startCompat()
  const card = { ...CARD, action_menu: {}, source: { desc_color: 9 }, replace_text: "已发布", mentioned: null }
  const update = anUpdate(await sendCard(compat), { button: undefined, template_card: card })
  assert.deepEqual(await compat.call("message/update_template_card", update), { errcode: 0, errmsg: "ok" })
  assert.equal(await textOn(compat, "zhangsan"), "已发布")
})

test("where WeCom's answer is lost it is -1: the card may have changed", async () => {
  await using compat = await startCompat({
    wrap: (dispatcher) => changed(dispatcher, { updateCard: async () => ({ kind: "unknown" }) }),
  })
  const answer = await compat.call("message/update_template_card", anUpdate(await sendCard(compat)))
  assert.equal(answer.errcode, -1)
})

test("a code that came with a press changes the card as well", async () => {
  await using compat = await startCompat()
  await sendCard(compat)
  const [card] = await compat.sim.copies("zhangsan")
  const pressed = await compat.sim.control("POST", "phones/zhangsan/click", { msgid: card?.msgid, key: "go" })
  const { response_code } = (await pressed.json()) as { response_code: string }
  assert.equal((await compat.call("message/update_template_card", anUpdate(response_code))).errcode, 0)
  assert.equal(await textOn(compat, "zhangsan"), "已发布")
})

test("while the outcome is not known yet the message's id is used as its code", async () => {
  await using compat = await startCompat({ wrap: (dispatcher) => changed(dispatcher, { finished: async () => false }) })
  await compat.sim.control("POST", "faults", { path: "message/send", kind: "slow", delay_ms: 300 })
  const code = await sendCard(compat)
  assert.match(String(code), /^msg_/)
  const early = await compat.call("message/update_template_card", anUpdate(code))
  assert.equal(early.errcode, 60140)
  while ((await compat.sim.copies("zhangsan")).length === 0) await sleep(5)
  let update = early
  while (update.errcode === 60140) update = await compat.call("message/update_template_card", anUpdate(code))
  assert.deepEqual(update, { errcode: 0, errmsg: "ok" })
  assert.equal(await textOn(compat, "zhangsan"), "已发布")
  assert.equal((await compat.call("message/update_template_card", anUpdate(code))).errcode, 60140)
})

test("a card that took several calls is changed for all of them by the message's id", async () => {
  await using compat = await startCompat()
  await compat.sim.org((org) => {
    for (let n = 0; n < 1100; n++) {
      org.members.push({ userid: `m${n}`, name: `m${n}`, mobile: `139${10_000_000 + n}`, departments: [2] })
    }
    org.member_cap = 5000
  })
  const users = Array.from({ length: 1100 }, (_, n) => `m${n}`)
  const body = { app: "alerts", to: { users }, msgtype: "template_card", template_card: CARD }
  const { json } = await compat.gateway.request("/v1/messages", { body })
  while ((await compat.sim.copies("m1099")).length === 0) await sleep(5)
  let update = await compat.call("message/update_template_card", anUpdate(json.id, { userids: undefined, atall: 1 }))
  while (update.errcode === 60140) {
    update = await compat.call("message/update_template_card", anUpdate(json.id, { userids: undefined, atall: 1 }))
  }
  assert.equal(update.errcode, 0)
  assert.deepEqual([await textOn(compat, "m0"), await textOn(compat, "m1099")], ["已发布", "已发布"])
})

test("a message of another app is no valid code", async () => {
  await using compat = await startCompat()
  const { json } = await compat.gateway.request("/v1/messages", {
    body: { app: "hr", to: { users: ["lisi"] }, msgtype: "text", text: { content: "你好" } },
  })
  assert.equal((await compat.call("message/update_template_card", anUpdate(json.id))).errcode, 60140)
  assert.equal((await compat.call("message/update_template_card", anUpdate("msg_unknown"))).errcode, 60140)
})

async function textOn(compat: CompatUnderTest, userid: string): Promise<unknown> {
  return (await compat.sim.copies(userid)).at(-1)?.payload["replace_text"]
}

const CARD = {
  card_type: "button_interaction",
  task_id: "deploy-1",
  main_title: { title: "要发布吗?" },
  button_list: [{ text: "发布", key: "go" }],
}

async function sendCard(compat: CompatUnderTest): Promise<unknown> {
  const answer = await compat.send({
    msgtype: "template_card",
    template_card: CARD,
  })
  return answer["response_code"]
}

function anUpdate(code: unknown, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    userids: ["zhangsan"],
    agentid: ALERTS.agentid,
    response_code: code,
    button: { replace_name: "已发布" },
    ...changes,
  }
}
