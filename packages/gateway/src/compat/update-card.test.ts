import assert from "node:assert/strict"
import { test } from "node:test"
import { changed } from "./testing/changed.ts"
import { ALERTS, HR, startCompat } from "./testing/compat-under-test.ts"
import type { CompatUnderTest } from "./testing/compat-under-test.ts"

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
  { rule: "nobody", changes: { userids: [] }, errcode: 82101 },
  { rule: "nothing new", changes: { button: undefined }, errcode: 40058 },
]) {
  test(`an update with ${rule} answers ${errcode}`, async () => {
    await using compat = await startCompat()
    const { key } = await compat.key()
    const update = anUpdate(await sendCard(compat), changes)
    assert.equal((await compat.call("message/update_template_card", update, key)).errcode, errcode)
  })
}

test("where WeCom's answer is lost it is -1: the card may have changed", async () => {
  await using compat = await startCompat({
    wrap: (dispatcher) => changed(dispatcher, { updateCard: async () => ({ kind: "unreachable" }) }),
  })
  const answer = await compat.call("message/update_template_card", anUpdate(await sendCard(compat)))
  assert.equal(answer.errcode, -1)
})

async function sendCard(compat: CompatUnderTest): Promise<unknown> {
  const answer = await compat.send({
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "deploy-1",
      main_title: { title: "要发布吗?" },
      button_list: [{ text: "发布", key: "go" }],
    },
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
