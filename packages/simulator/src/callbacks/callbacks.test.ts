import assert from "node:assert/strict"
import { test } from "node:test"
import {
  answerNothing,
  answerReply,
  answerStatus,
  callbackApp,
  register,
  setUrl,
  SETTINGS,
  type CallbackApp,
} from "../testing/callback-app.ts"
import { BUTTONS, face, MENU, press, sendCard, toldTo, type Told } from "../testing/cards.ts"
import { simClient, type SimClient } from "../testing/sim-client.ts"

/** The delivery as it is once it is no longer waiting. */
async function settled(sim: SimClient, seq: number): Promise<Told> {
  for (;;) {
    const [delivery] = await toldTo(sim, seq - 1)
    if (delivery !== undefined && delivery.state !== "waiting") return delivery
  }
}

async function withTries(sim: SimClient, seq: number, count: number): Promise<Told> {
  for (;;) {
    const [delivery] = await toldTo(sim, seq - 1)
    if (delivery !== undefined && delivery.tries.length >= count) return delivery
  }
}

/** A simulator with a card on a phone, and an app that gets a callback for each press. */
async function pressable(answer: CallbackApp["answer"] = answerNothing, card: Record<string, unknown> = BUTTONS) {
  await using started = new AsyncDisposableStack()
  const sim = started.use(await simClient())
  const app = started.use(await callbackApp())
  app.answer = answer
  await register(app, sim)
  const { msgid } = await sendCard(sim, card)
  const resources = started.move()
  return {
    sim,
    app,
    press: (userid = "zhangsan", key = "yes") => press(sim, { msgid, key }, userid),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

test("8.1: an app without a URL gets no callback, and its events are there to be read", async () => {
  await using sim = await simClient()
  const { msgid } = await sendCard(sim)
  const told = await press(sim, { msgid, key: "yes" })
  assert.deepEqual([told.state, told.url, told.tries], ["kept", "", []])
  assert.deepEqual(await toldTo(sim), [told])
  const next = await press(sim, { msgid, key: "no" })
  assert.deepEqual(await toldTo(sim, told.seq), [next])
})

// proves 4.6: the simulator
test("8.5: a failed delivery is repeated twice, five seconds apart by the simulator's clock", async () => {
  await using at = await pressable(answerStatus(500))
  const { seq, state, tries } = await at.press()
  assert.deepEqual([state, tries.map(({ status }) => status)], ["waiting", [500]])
  await at.sim.advance(5)
  await withTries(at.sim, seq, 2)
  await at.sim.advance(5)
  const told = await settled(at.sim, seq)
  assert.deepEqual([told.state, told.tries.map(({ status }) => status)], ["failed", [500, 500, 500]])
  const [first, second, third] = told.tries.map(({ at }) => Date.parse(at))
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  for (const gapMs of [second - first, third - second]) assert.ok(gapMs >= 5000 && gapMs < 60_000, `${gapMs} ms`)
  assert.equal(at.app.received.length, 3)
})

test("8.5: before five seconds have passed nothing is repeated", async () => {
  await using at = await pressable(answerStatus(500))
  const { seq } = await at.press()
  await at.sim.advance(4)
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  assert.equal((await toldTo(at.sim, seq - 1))[0]?.tries.length, 1)
})

test("8.5: a repetition that succeeds is the last", async () => {
  await using at = await pressable(answerStatus(503))
  const { seq } = await at.press()
  at.app.answer = answerNothing
  await at.sim.advance(5)
  assert.deepEqual(
    (await settled(at.sim, seq)).tries.map(({ status }) => status),
    [503, 200],
  )
  await at.sim.advance(100)
  assert.equal(at.app.received.length, 2)
})

test("8.2, 8.5: a repetition carries the same event, signed anew", async () => {
  await using at = await pressable(answerStatus(500))
  const { seq } = await at.press()
  await at.sim.advance(5)
  await withTries(at.sim, seq, 2)
  const [first, second] = at.app.received
  assert.equal(first?.message, second?.message)
  assert.notEqual(first?.query["nonce"], second?.query["nonce"])
  assert.equal(second?.isSigned, true)
})

test("8.5: an app that does not answer in five seconds is hung up on", async () => {
  await using at = await pressable(() => {})
  const pressed = at.press()
  await at.app.hasReceived(1)
  await at.sim.advance(5)
  const { seq, tries } = await pressed
  assert.deepEqual([tries[0]?.error, tries[0]?.status], ["timeout", null])
  at.app.answer = answerNothing
  assert.deepEqual(
    (await settled(at.sim, seq)).tries.map(({ error }) => error),
    ["timeout", null],
  )
})

test("8.5: an app that is not there, or cuts the connection, is called again", async () => {
  await using at = await pressable((_, response) => void response.destroy())
  const { seq, tries } = await at.press()
  assert.equal(tries[0]?.error, "ECONNRESET")
  const delivered = await (async () => {
    at.app.answer = answerNothing
    await at.sim.advance(5)
    return settled(at.sim, seq)
  })()
  assert.equal(delivered.state, "delivered")
})

test("8.5: an app at a port without a listener", async () => {
  await using sim = await simClient({ settings: { callback_verification: "off" } })
  await using app = await callbackApp()
  const { url } = app
  await app[Symbol.asyncDispose]()
  await setUrl(sim, url)
  const { tries } = await press(sim, { msgid: (await sendCard(sim)).msgid, key: "yes" })
  assert.equal(tries[0]?.error, "ECONNREFUSED")
})

test("8.5: whether a status other than 200 is a failure can be set", async () => {
  await using at = await pressable(answerStatus(500))
  await at.sim.settings({ callback_failure: "no_answer" })
  assert.equal((await at.press()).state, "delivered")
  at.app.answer = (_, response) => void response.destroy()
  assert.equal((await at.press()).state, "waiting")
})

test("8.1, 8.4: events come to each app by its own URL and keys, and never to another's", async () => {
  await using at = await pressable()
  const query = { access_token: await at.sim.token({ secret: "sim-secret-hr" }) }
  const card = { ...BUTTONS, task_id: "hr-1" }
  const body = { touser: "lisi", agentid: 1000003, msgtype: "template_card", template_card: card }
  const { msgid } = await at.sim.post("message/send", query, body)
  const told = await press(at.sim, { msgid, key: "yes" }, "lisi")
  assert.deepEqual([told.agentid, told.state, at.app.received.length], [1000003, "kept", 0])
})

test("a reset forgets what was sent, sends nothing more, and keeps numbering", async () => {
  await using at = await pressable(answerStatus(500))
  const { seq } = await at.press()
  await at.sim.control("POST", "reset")
  assert.deepEqual(await toldTo(at.sim), [])
  await at.sim.advance(100)
  const later = await press(at.sim, { msgid: (await sendCard(at.sim)).msgid, key: "yes" })
  assert.equal(later.seq, seq + 1)
  assert.equal(at.app.received.length, 1)
})

test("closing waits for no app that is silent, and no repetition follows", { timeout: 60_000 }, async () => {
  await using at = await pressable(() => {})
  const pressed = at.press().catch(() => "cut")
  await at.app.hasReceived(1)
  await at.sim.sim.close()
  await pressed
  assert.equal(at.app.received.length, 1)
})

test("only the newest deliveries are remembered", async () => {
  await using sim = await simClient({ settings: { keep: 2 } })
  const { msgid } = await sendCard(sim)
  for (const key of ["yes", "no", "yes"]) await press(sim, { msgid, key })
  assert.deepEqual(
    (await toldTo(sim)).map(({ event_key }) => event_key),
    ["no", "yes"],
  )
})

const CHANGED = "<MsgType>update_button</MsgType><Button><ReplaceName>已同意</ReplaceName></Button>"

test("8.6: a reply in the answer changes the card of the member who pressed only", async () => {
  await using at = await pressable(answerReply(CHANGED))
  const { tries } = await at.press()
  assert.deepEqual(tries[0]?.reply, { button: { replace_name: "已同意" } })
  assert.equal((await face(at.sim, "zhangsan"))?.["replace_text"], "已同意")
  assert.equal((await face(at.sim, "lisi"))?.["replace_text"], undefined)
})

test("8.6: a whole card in the answer takes the place of the old one", async () => {
  const card =
    "<MsgType>update_template_card</MsgType><TemplateCard><CardType>vote_interaction</CardType>" +
    "<MainTitle><Title>谢谢</Title></MainTitle><CheckBox><QuestionKey>q</QuestionKey><OptionList><Id>007</Id>" +
    "<Text>一</Text><IsChecked>true</IsChecked></OptionList><Mode>0</Mode><Disable>true</Disable></CheckBox>" +
    "<ReplaceText>已投票</ReplaceText></TemplateCard>"
  await using at = await pressable(answerReply(card))
  await at.press()
  assert.deepEqual(await face(at.sim, "zhangsan"), {
    card_type: "vote_interaction",
    main_title: { title: "谢谢" },
    checkbox: {
      question_key: "q",
      option_list: [{ id: "007", text: "一", is_checked: true }],
      mode: 0,
      disable: true,
    },
    replace_text: "已投票",
  })
})

test("8.6: a message in the answer appears on the phone of the member who pressed, over-long text cut", async () => {
  const text = `<MsgType>text</MsgType><Content><![CDATA[${"长".repeat(700)}]]></Content>`
  await using at = await pressable(answerReply(text), MENU)
  await at.press("lisi", "mute")
  const [, reply] = await at.sim.copies("lisi")
  assert.deepEqual(reply?.payload, { content: "长".repeat(682) })
  assert.equal(reply?.agentid, 1000002)
  assert.equal((await at.sim.copies("zhangsan")).length, 1)
})

test("8.6: news in the answer appear as they would if sent", async () => {
  const news =
    "<MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>一</Title>" +
    "<Url>https://a.example</Url><PicUrl>https://a.example/p.png</PicUrl></item></Articles>"
  await using at = await pressable(answerReply(news), MENU)
  await at.press("zhangsan", "mute")
  assert.deepEqual((await face(at.sim))?.["articles"], [
    { title: "一", url: "https://a.example", picurl: "https://a.example/p.png" },
  ])
})

test("8.5: the text success is no reply, as nothing is", async () => {
  await using at = await pressable((_, response) => void response.end("success"))
  const { state, tries } = await at.press()
  assert.deepEqual([state, tries[0]?.reply, tries[0]?.error], ["delivered", null, null])
})

test("8.6: a reply that is not WeCom's, wrongly signed, of no kind, or faulty changes nothing, and it says why", async () => {
  const faulty = "<MsgType>update_template_card</MsgType><TemplateCard><CardType>text_notice</CardType></TemplateCard>"
  const cases: readonly (readonly [CallbackApp["answer"], RegExp])[] = [
    [(_, response) => void response.end('{"ok":true}'), /^reply_not_xml$/],
    [(_, response) => void response.end("<xml><Encrypt>x</Encrypt></xml>"), /^reply_not_readable$/],
    [answerReply(CHANGED, `${SETTINGS.token}x`), /^reply_not_readable$/],
    [answerReply("<MsgType>music</MsgType>"), /^reply_of_unknown_type$/],
    [answerReply(faulty), /^reply_refused: template_card\./],
    [answerReply("<MsgType>text</MsgType><Content></Content>"), /^reply_refused: text\.content/],
  ]
  for (const [answer, why] of cases) {
    await using at = await pressable(answer)
    const { state, tries } = await at.press()
    assert.equal(state, "delivered")
    assert.match(tries[0]?.error ?? "", why)
    assert.equal((await at.sim.copies("zhangsan")).length, 1)
    assert.deepEqual(await face(at.sim), BUTTONS)
  }
})

test("8.6: whether a card changes by the reply to its own press can be set, where the documents disagree", async () => {
  await using at = await pressable(answerReply(CHANGED))
  await at.sim.settings({ card_event_reply: "ignored" })
  assert.equal((await at.press()).tries[0]?.error, "reply_ignored")
  assert.deepEqual(await face(at.sim), BUTTONS)
})

test("8.6: a change of the card by a reply is refused where the card has no buttons", async () => {
  await using at = await pressable(answerReply(CHANGED), MENU)
  assert.match((await at.press("zhangsan", "mute")).tries[0]?.error ?? "", /no buttons/)
})
