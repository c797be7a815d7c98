import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

const BUTTONS = {
  card_type: "button_interaction",
  task_id: "deploy-1",
  main_title: { title: "上线?" },
  button_list: [{ text: "同意", key: "yes" }],
}
const NOTICE = {
  card_type: "text_notice",
  main_title: { title: "$userName=lisi$ 已同意" },
  card_action: { type: 1, url: "https://example.com" },
}
const DONE = { button: { replace_name: "已同意" } }

async function sendCard(
  sim: SimClient,
  card: Record<string, unknown> = BUTTONS,
  touser = "zhangsan|lisi",
): Promise<string> {
  return String((await sim.send({ touser, msgtype: "template_card", template_card: card }))["response_code"])
}

async function update(
  sim: SimClient,
  body: Record<string, unknown>,
  app = ALERTS as { agentid: number; secret: string },
): Promise<Answer> {
  const query = { access_token: await sim.token(app) }
  return sim.post("message/update_template_card", query, { agentid: app.agentid, ...body })
}

const faces = async (sim: SimClient): Promise<Record<string, unknown>> =>
  Object.fromEntries((await sim.copies()).map(({ userid, payload }) => [userid, payload]))

// proves 4.6: the simulator
test("5.2: a button text replaces the buttons for those named only", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  assert.deepEqual(await update(sim, { response_code, userids: ["ZhangSan"], ...DONE }), { errcode: 0, errmsg: "ok" })
  assert.deepEqual(await faces(sim), { zhangsan: { ...BUTTONS, replace_text: "已同意" }, lisi: BUTTONS })
})

test("5.2: a new card of any type takes the place of the old one for all, with names translated", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  await update(sim, { response_code, atall: 1, enable_id_trans: 1, template_card: NOTICE })
  const face = { ...NOTICE, main_title: { title: "李四 已同意" } }
  assert.deepEqual(await faces(sim), { zhangsan: face, lisi: face })
})

test("5.2: the request on the phone stays the one that was sent", async () => {
  await using sim = await simClient()
  await update(sim, { response_code: await sendCard(sim), atall: 1, template_card: NOTICE })
  assert.deepEqual((await sim.copies())[0]?.request["template_card"], BUTTONS)
})

test("5.2: departments and tags name those of their members who have the card", async () => {
  await using sim = await simClient()
  await update(sim, { response_code: await sendCard(sim, BUTTONS, "zhangsan|WangWu"), partyids: [3], ...DONE })
  assert.deepEqual(await faces(sim), { zhangsan: BUTTONS, WangWu: { ...BUTTONS, replace_text: "已同意" } })
})

test("5.2: who never got the card or is out of range comes back in an array, in lower case", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  const answer = await update(sim, { response_code, userids: ["zhangsan", "WangWu", "Outsider", "Ghost"], ...DONE })
  assert.deepEqual([answer.errcode, answer["invaliduser"]], [0, ["wangwu", "outsider", "ghost"]])
})

test("5.2: none among the recipients is 82102, no target at all 82101", async () => {
  await using sim = await simClient()
  assert.equal((await update(sim, { response_code: await sendCard(sim), ...DONE })).errcode, 82101)
  const other = await sendCard(sim, { ...BUTTONS, task_id: "deploy-2" })
  assert.equal((await update(sim, { response_code: other, userids: ["WangWu"], ...DONE })).errcode, 82102)
})

// proves 11.B14: precise refusals
test("5.2: a string for userids, or for any list of whose card it is, is 40035, and spends no code", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  for (const targets of [
    { userids: "zhangsan" },
    { userids: "zhangsan", atall: 1 },
    { partyids: "2" },
    { tagids: 1 },
  ]) {
    assert.equal((await update(sim, { response_code, ...targets, ...DONE })).errcode, 40035)
  }
  assert.equal((await update(sim, { response_code, userids: null, partyids: "", ...DONE })).errcode, 82101)
  assert.equal((await update(sim, { response_code, userids: ["zhangsan"], ...DONE })).errcode, 0)
})

// proves 11.B14: precise refusals
test("5.2: a new card whose row leads to no member's card is 42050", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  const template_card = {
    ...BUTTONS,
    task_id: undefined,
    horizontal_content_list: [{ type: 3, keyname: "k", userid: "ghost" }],
  }
  assert.equal((await update(sim, { response_code, atall: 1, template_card })).errcode, 42050)
})

test("5.2: a code changes its card once, even when the change reached no one: 60140", async () => {
  await using sim = await simClient()
  const used = { response_code: await sendCard(sim), atall: 1, ...DONE }
  assert.equal((await update(sim, used)).errcode, 0)
  assert.equal((await update(sim, used)).errcode, 60140)

  const wasted = await sendCard(sim, { ...BUTTONS, task_id: "deploy-2" })
  await update(sim, { response_code: wasted, userids: ["WangWu"], ...DONE })
  assert.equal((await update(sim, { response_code: wasted, atall: 1, ...DONE })).errcode, 60140)
})

test("5.2: a body that is refused for its form spends no code", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  assert.notEqual((await update(sim, { response_code, atall: 1 })).errcode, 0)
  assert.equal((await update(sim, { response_code, atall: 1, ...DONE })).errcode, 0)
})

test("5.2: a code lives 72 hours, or as long as set", async () => {
  for (const [settings, seconds] of [
    [{}, 72 * 3600],
    [{ response_code_lifetime_s: 24 * 3600 }, 24 * 3600],
  ] as const) {
    await using sim = await simClient({ settings })
    const [inTime, tooLate] = [await sendCard(sim), await sendCard(sim, { ...BUTTONS, task_id: "deploy-2" })]
    await sim.advance(seconds - 60)
    assert.equal((await update(sim, { response_code: inTime, atall: 1, ...DONE })).errcode, 0)
    await sim.advance(60)
    assert.equal((await update(sim, { response_code: tooLate, atall: 1, ...DONE })).errcode, 60140)
  }
})

test("5.2: only the app that sent the card changes it: 42015, and the code is not spent", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  assert.equal((await update(sim, { response_code, atall: 1, ...DONE }, HR)).errcode, 42015)
  assert.equal((await update(sim, { response_code, atall: 1, ...DONE })).errcode, 0)
})

test("5.2: agentid: 41011 missing, 40056 unknown, 301002 another app's; a string is taken unless types are strict", async () => {
  await using sim = await simClient()
  const body = { response_code: await sendCard(sim), atall: 1, ...DONE }
  assert.equal((await update(sim, { ...body, agentid: undefined })).errcode, 41011)
  assert.equal((await update(sim, { ...body, agentid: 1 })).errcode, 40056)
  assert.equal((await update(sim, { ...body, agentid: HR.agentid })).errcode, 301002)
  await sim.settings({ strict_types: true })
  assert.equal((await update(sim, { ...body, agentid: "1000002" })).errcode, 40056)
  await sim.settings({ strict_types: false })
  assert.equal((await update(sim, { ...body, agentid: "1000002" })).errcode, 0)
})

test("5.2: buttons can be greyed out only where the card had some", async () => {
  await using sim = await simClient()
  const menu = { action_list: [{ text: "静音", key: "mute" }] }
  const notice = { ...NOTICE, action_menu: menu, task_id: "n1" }
  assert.equal((await update(sim, { response_code: await sendCard(sim, notice), atall: 1, ...DONE })).errcode, 40058)
})

test("5.2: a new card is checked like a sent one", async () => {
  await using sim = await simClient()
  const response_code = await sendCard(sim)
  const wrong = { ...NOTICE, card_action: { type: 1 } }
  assert.equal((await update(sim, { response_code, atall: 1, template_card: wrong })).errcode, 42028)
  const foreign = { ...NOTICE, card_action: { type: 2, appid: "wx9999999999999999" } }
  assert.equal((await update(sim, { response_code, atall: 1, template_card: foreign })).errcode, 90206)
})
