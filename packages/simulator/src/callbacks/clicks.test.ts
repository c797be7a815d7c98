import assert from "node:assert/strict"
import { test } from "node:test"
import { callbackApp, register } from "../testing/callback-app.ts"
import { BUTTONS, face, MENU, press, SELECTS, sendCard, toldTo, VOTE } from "../testing/cards.ts"
import { ALERTS, CORP_ID, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

async function update(sim: SimClient, body: Record<string, unknown>): Promise<Answer> {
  const query = { access_token: await sim.token() }
  return sim.post("message/update_template_card", query, { agentid: ALERTS.agentid, ...body })
}

interface Refused {
  readonly status: number
  readonly code: string | undefined
  readonly error: string
  readonly error_zh: string
}

/** A press that must be refused. */
async function refused(sim: SimClient, click: unknown, userid = "zhangsan"): Promise<Refused> {
  const response = await sim.control("POST", `phones/${userid}/click`, click)
  assert.ok(response.status >= 400 && response.status < 500, String(response.status))
  const problem = (await response.json()) as Omit<Refused, "status">
  assert.ok(problem.error !== "" && /[\u4E00-\u9FFF]/.test(problem.error_zh))
  assert.deepEqual((await toldTo(sim)).length, 0, "a refused press raises no event")
  return { status: response.status, code: problem.code, error: problem.error, error_zh: problem.error_zh }
}

test("8.2, 8.4, 8.7: a pressed button tells the app who, which card, which key, and what was selected, with a fresh code", async () => {
  await using sim = await simClient()
  await using app = await callbackApp()
  await register(app, sim)
  const { msgid, code } = await sendCard(sim)
  const told = await press(sim, { msgid, key: "yes", selected: { region: ["eu"] } })
  assert.deepEqual([told.state, told.tries.length, told.tries[0]?.status], ["delivered", 1, 200])

  const [received] = app.received
  assert.ok(received !== undefined)
  assert.deepEqual([received.method, received.isSigned, received.receiveId], ["POST", true, CORP_ID])
  assert.equal(received.query["app"], "alerts")
  assert.match(
    received.body,
    new RegExp(
      `^<xml><ToUserName><!\\[CDATA\\[${CORP_ID}]]></ToUserName><AgentID><!\\[CDATA\\[1000002]]></AgentID><Encrypt>`,
    ),
  )
  const created = /<CreateTime>(\d+)<\/CreateTime>/.exec(received.message)?.[1]
  assert.equal(
    received.message,
    `<xml><ToUserName><![CDATA[${CORP_ID}]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>` +
      `<CreateTime>${created}</CreateTime><MsgType><![CDATA[event]]></MsgType>` +
      "<Event><![CDATA[template_card_event]]></Event><EventKey><![CDATA[yes]]></EventKey>" +
      "<TaskId><![CDATA[deploy-1]]></TaskId><CardType><![CDATA[button_interaction]]></CardType>" +
      `<ResponseCode><![CDATA[${told.response_code}]]></ResponseCode><AgentID>1000002</AgentID>` +
      "<SelectedItems><SelectedItem><QuestionKey><![CDATA[region]]></QuestionKey>" +
      "<OptionIds><OptionId><![CDATA[eu]]></OptionId></OptionIds></SelectedItem></SelectedItems></xml>",
  )
  assert.notEqual(told.response_code, code)
})

test("8.7: what is not chosen is reported as the card shows it: the first, the selected, the checked", async () => {
  await using sim = await simClient()
  const buttons = await sendCard(sim)
  assert.deepEqual((await press(sim, { msgid: buttons.msgid, key: "no" })).selected, { region: ["cn"] })
  const vote = await sendCard(sim, VOTE)
  assert.deepEqual((await press(sim, { msgid: vote.msgid, key: "vote" })).selected, { where: ["a"] })
  const selects = await sendCard(sim, SELECTS)
  const told = await press(sim, { msgid: selects.msgid, key: "save", selected: { day: ["mon"] } })
  assert.deepEqual(told.selected, { day: ["mon"], shift: ["d"] })
})

test("8.7: several options of a vote are reported as several, one question after the other as the card asks them", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim, VOTE)
  const { xml } = await press(sim, { msgid, key: "vote", selected: { where: ["b", "007"] } })
  assert.match(
    xml,
    /<OptionIds><OptionId><!\[CDATA\[b]]><\/OptionId><OptionId><!\[CDATA\[007]]><\/OptionId><\/OptionIds>/,
  )
})

test("8.7: where nothing is selected there are no SelectedItems", async () => {
  await using sim = await simClient()
  const { button_selection: _, ...plain } = BUTTONS
  const { xml } = await press(sim, { msgid: (await sendCard(sim, plain)).msgid, key: "yes" })
  assert.doesNotMatch(xml, /SelectedItems/)
  const nothingChecked = {
    ...VOTE,
    checkbox: { ...VOTE.checkbox, option_list: [{ id: "b", text: "火锅", is_checked: false }] },
  }
  const vote = await press(sim, { msgid: (await sendCard(sim, nothingChecked)).msgid, key: "vote" })
  assert.doesNotMatch(vote.xml, /SelectedItems/)
})

test("8.7: an entry of a card's menu raises an event of its own, without selected items", async () => {
  await using sim = await simClient()
  const told = await press(sim, { msgid: (await sendCard(sim, MENU)).msgid, key: "mute" })
  assert.deepEqual([told.event, told.event_key, told.selected], ["template_card_menu_event", "mute", {}])
  assert.match(told.xml, /<CardType><!\[CDATA\[text_notice]]><\/CardType>/)
})

test("5.2, 8.7: a press changes its card once, by its own code; the code of the send is still good", async () => {
  await using sim = await simClient()
  const { msgid, code } = await sendCard(sim)
  const { response_code } = await press(sim, { msgid, key: "yes" })
  const done = { response_code, userids: ["zhangsan"], button: { replace_name: "已同意" } }
  assert.equal((await update(sim, done)).errcode, 0)
  assert.equal((await face(sim))?.["replace_text"], "已同意")
  assert.equal((await update(sim, done)).errcode, 60140)
  assert.equal((await update(sim, { ...done, response_code: code })).errcode, 0)
})

test("8.7: the code of a press lives 72 hours", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim)
  const [inTime, tooLate] = [await press(sim, { msgid, key: "yes" }), await press(sim, { msgid, key: "no" })]
  const done = { atall: 1, button: { replace_name: "完成" } }
  await sim.advance(72 * 3600 - 60)
  assert.equal((await update(sim, { ...done, response_code: inTime.response_code })).errcode, 0)
  await sim.advance(60)
  assert.equal((await update(sim, { ...done, response_code: tooLate.response_code })).errcode, 60140)
})

test("5.2, 8.7: until it is updated a card can be pressed again, by everybody who has it, each time with a new code", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim)
  const codes = new Set<string>()
  for (const userid of ["zhangsan", "zhangsan", "LISI"])
    codes.add((await press(sim, { msgid, key: "yes" }, userid)).response_code)
  assert.equal(codes.size, 3)
  assert.deepEqual(
    (await toldTo(sim)).map(({ userid }) => userid),
    ["zhangsan", "zhangsan", "lisi"],
  )
})

// proves 4.bad 8: a second press
test("5.2: once its buttons are replaced by a text, a card is dead for those whose card it is, and for no other", async () => {
  await using sim = await simClient()
  const { msgid, code } = await sendCard(sim)
  await update(sim, { response_code: code, userids: ["zhangsan"], button: { replace_name: "已同意" } })
  const problem = await refused(sim, { msgid, key: "yes" })
  assert.deepEqual([problem.status, problem.code], [409, "answered"])
  assert.match(problem.error, /“已同意” in grey/)
  assert.match(problem.error_zh, /灰色的“已同意”/)
  assert.equal((await press(sim, { msgid, key: "yes" }, "lisi")).userid, "lisi")
})

test("5.2: a new card without replace_text stays alive, with its own keys; its task is that of the first", async () => {
  await using sim = await simClient()
  const { msgid, code } = await sendCard(sim)
  const again = {
    card_type: "button_interaction",
    main_title: { title: "真的？" },
    button_list: [{ text: "是", key: "sure" }],
  }
  await update(sim, { response_code: code, atall: 1, template_card: again })
  assert.deepEqual([(await refused(sim, { msgid, key: "yes" })).code], ["unknown_key"])
  assert.equal((await press(sim, { msgid, key: "sure" })).task_id, "deploy-1")
})

test("5.2: the menu of a card with dead buttons still works", async () => {
  await using sim = await simClient()
  const { msgid, code } = await sendCard(sim, { ...BUTTONS, action_menu: MENU.action_menu })
  await update(sim, { response_code: code, atall: 1, button: { replace_name: "已同意" } })
  assert.equal((await press(sim, { msgid, key: "mute" })).event, "template_card_menu_event")
})

test("5.2: a disabled question cannot be changed, and what it shows is reported", async () => {
  await using sim = await simClient()
  const { msgid, code } = await sendCard(sim, SELECTS)
  const { task_id: _, ...card } = SELECTS
  const select_list = card.select_list.map((one) => ({ ...one, disable: true }))
  await update(sim, { response_code: code, atall: 1, template_card: { ...card, select_list } })
  assert.equal((await refused(sim, { msgid, key: "save", selected: { day: ["mon"] } })).code, "question_disabled")
  assert.deepEqual((await press(sim, { msgid, key: "save" })).selected, { day: ["tue"], shift: ["d"] })
})

// proves 4.bad 7: a press on an unknown message
test("a message that this phone does not show cannot be pressed: 404", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim, BUTTONS, "lisi")
  assert.deepEqual([(await refused(sim, { msgid: "nonsense", key: "yes" })).code], ["unknown_message"])
  const notHers = await refused(sim, { msgid, key: "yes" })
  assert.deepEqual([notHers.status, notHers.code], [404, "unknown_message"])
  const unknown = await refused(sim, { msgid, key: "yes" }, "nobody")
  assert.deepEqual([unknown.status, unknown.code], [404, "unknown_member"])
})

// proves 4.bad 9: a press after the recall
test("5.1: a recalled card cannot be pressed: 409, and what WeCom shows instead", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim)
  await sim.post("message/recall", { access_token: await sim.token() }, { msgid })
  const problem = await refused(sim, { msgid, key: "yes" })
  assert.deepEqual([problem.status, problem.code], [409, "recalled"])
  assert.match(problem.error_zh, /已撤回/)
})

test("a card of an app that is disabled, gone, or out of the member's sight cannot be pressed: 409", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim)
  await sim.org(({ apps: [alerts] }) => void (alerts && (alerts["visible"] = { departments: [3] })))
  assert.equal((await refused(sim, { msgid, key: "yes" })).code, "out_of_range")
  await sim.org(({ apps: [alerts] }) => void (alerts && (alerts["enabled"] = false)))
  assert.equal((await refused(sim, { msgid, key: "yes" })).code, "app_disabled")
  await sim.org(({ apps }) => void apps.shift())
  const gone = await refused(sim, { msgid, key: "yes" })
  assert.deepEqual([gone.status, gone.code], [409, "app_disabled"])
})

test("4.11: what raises no event cannot be pressed: 409", async () => {
  await using sim = await simClient()
  const { action_menu: _, task_id: __, ...notice } = MENU
  for (const message of [{}, { msgtype: "template_card", template_card: notice }]) {
    const { msgid } = await sim.send(message)
    const problem = await refused(sim, { msgid, key: "yes" })
    assert.deepEqual([problem.status, problem.code], [409, "not_interactive"])
  }
})

test("a key, a question or an option that the card has not is refused, and what it has is named: 422", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim)
  const vote = await sendCard(sim, VOTE)
  const cases = [
    [{ msgid, key: "maybe" }, "unknown_key", /yes, no/],
    [{ msgid, key: "yes", selected: { colour: ["red"] } }, "unknown_question", /region/],
    [{ msgid, key: "yes", selected: { region: ["us"] } }, "unknown_option", /cn, eu/],
    [{ msgid, key: "yes", selected: { region: ["cn", "eu"] } }, "one_option", /exactly one/],
    [{ msgid, key: "yes", selected: { region: [] } }, "one_option", /exactly one/],
    [{ msgid: vote.msgid, key: "vote", selected: { where: ["a", "a"] } }, "option_twice", /twice/],
  ] as const
  for (const [click, code, words] of cases) {
    const problem = await refused(sim, click)
    assert.deepEqual([problem.status, problem.code], [422, code])
    assert.match(problem.error, words)
  }
})

test("a click of the wrong shape is refused with every field named: 400", async () => {
  await using sim = await simClient()
  for (const [click, words] of [
    [[], /must be a JSON object/],
    [{}, /msgid is missing; key is missing/],
    [{ msgid: "", key: 7 }, /msgid must not be empty; key must be a string/],
    [{ msgid: "m", key: "k", selected: { a: "b" } }, /selected\.a must be an array/],
    [{ msgid: "m", key: "k", selected: { a: [1] } }, /selected\.a\[0] must be a string/],
    [{ msgid: "m", key: "k", selected: [] }, /selected must be a JSON object/],
    [{ msgid: "m", key: "k", more: 1 }, /more is not a known field/],
  ] as const) {
    const problem = await refused(sim, click)
    assert.equal(problem.status, 400)
    assert.match(problem.error, words)
  }
})

test("3.5: userid 007 presses as 007, and capitals are those of the organisation", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim, BUTTONS, "007|wangwu")
  assert.equal((await press(sim, { msgid, key: "yes" }, "007")).userid, "007")
  assert.match((await press(sim, { msgid, key: "yes" }, "wangwu")).xml, /CDATA\[WangWu]]/)
})
