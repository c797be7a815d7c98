import assert from "node:assert/strict"
import { test } from "node:test"
import { inBrowser, openBrowser } from "../testing/browser.ts"
import { answerReply, answerStatus, callbackApp, register } from "../testing/callback-app.ts"
import { BUTTONS, MENU, SELECTS, sendCard, toldTo, VOTE } from "../testing/cards.ts"
import { botClient } from "../testing/bot-client.ts"
import { ALERTS, ROOT, simClient } from "../testing/sim-client.ts"

// proves 4.test 2: a button is pressed
test(
  "a button is pressed in a browser: the callback arrives, and the card changes before one's eyes",
  inBrowser,
  async () => {
    await using sim = await simClient()
    await using app = await callbackApp()
    await using browser = await openBrowser()
    await register(app, sim)
    const { msgid } = await sendCard(sim)
    const page = await browser.open(`${sim.sim.url}/?lang=zh&user=zhangsan`)

    await page.getByLabel("区域").selectOption("欧洲")
    await page.getByRole("button", { name: "同意" }).click()
    await page.getByText("已通知应用。").waitFor()
    const [told] = await toldTo(sim)
    assert.deepEqual(
      [told?.msgid, told?.event_key, told?.selected, told?.state],
      [msgid, "yes", { region: ["eu"] }, "delivered"],
    )
    assert.match(app.received[0]?.message ?? "", /<OptionId><!\[CDATA\[eu]]><\/OptionId>/)

    const change = {
      atall: 1,
      agentid: ALERTS.agentid,
      response_code: told?.response_code,
      button: { replace_name: "已同意" },
    }
    await sim.post("message/update_template_card", { access_token: await sim.token() }, change)
    await page.getByText("已同意").waitFor()
    assert.equal(await page.getByRole("button", { name: "同意", exact: true }).count(), 0)
    assert.deepEqual(browser.errors, [])
  },
)

test("boxes, lists and a menu of a card work in a browser", inBrowser, async () => {
  await using sim = await simClient()
  await using browser = await openBrowser()
  await sendCard(sim, VOTE)
  await sendCard(sim, SELECTS)
  await sendCard(sim, MENU)
  const page = await browser.open(`${sim.sim.url}/?lang=en&user=zhangsan`)

  await page.getByRole("checkbox", { name: "食堂" }).check()
  await page.getByRole("button", { name: "投票" }).click()
  await page.getByLabel("日期").selectOption("周一")
  await page.getByRole("button", { name: "保存" }).click()
  await page.getByLabel("More actions").click()
  await page.getByRole("button", { name: "静音" }).click()
  await page.getByText("The app has no callback URL").nth(2).waitFor()
  const told = await toldTo(sim)
  const byKey = Object.fromEntries(told.map(({ event_key, selected }) => [event_key, selected]))
  assert.deepEqual(byKey, { vote: { where: ["a", "007"] }, save: { day: ["mon"], shift: ["d"] }, mute: {} })
  assert.deepEqual(browser.errors, [])
})

test(
  "what an app replies in its answer changes the card in the browser; what it fails to take is said",
  inBrowser,
  async () => {
    await using sim = await simClient()
    await using app = await callbackApp()
    await using browser = await openBrowser()
    await register(app, sim)
    await sendCard(sim, BUTTONS)
    const page = await browser.open(`${sim.sim.url}/?lang=en&user=zhangsan`)
    const button = page.getByRole("button", { name: "同意" })

    app.answer = answerStatus(500)
    await button.click()
    await page.getByText("it is sent again in 5 seconds").waitFor()
    app.answer = answerReply("<MsgType>update_button</MsgType><Button><ReplaceName>谢谢</ReplaceName></Button>")
    await button.click()
    await page.getByText("谢谢").waitFor()
  },
)

// proves 4.bad 7: a press on an unknown message
test("a press that is refused says why on the card", inBrowser, async () => {
  await using sim = await simClient()
  await using browser = await openBrowser()
  await sendCard(sim)
  const page = await browser.open(`${sim.sim.url}/?lang=zh&user=zhangsan`)
  await page.getByRole("button", { name: "同意" }).waitFor()
  await sim.org(({ apps: [alerts] }) => void (alerts && (alerts["enabled"] = false)))
  await page.getByRole("button", { name: "同意" }).click()
  await page.getByText("应用已停用").waitFor()
  assert.deepEqual(await toldTo(sim), [])
})

// proves 32.bot-sim: a member and a smart robot on the phones page
test("a member writes to a smart robot, gets its answer, and presses its card", inBrowser, async () => {
  await using sim = await simClient()
  await using bot = await botClient(sim.sim)
  await using browser = await openBrowser()
  const page = await browser.open(`${sim.sim.url}/?lang=en&user=lisi`)

  await page.getByRole("tab", { name: "智能机器人" }).click()
  await page.getByLabel("Write to 智能机器人").fill("在吗")
  await page.getByRole("button", { name: "Send" }).click()
  await page.getByText("The robot's program has got it.").waitFor()
  const { headers, body } = await bot.heard()
  assert.deepEqual(body?.["text"], { content: "在吗" })
  const stream = { id: "s", content: "在的", finish: true }
  await bot.ask("aibot_respond_msg", { msgtype: "stream", stream }, headers.req_id)
  await page.getByRole("region", { name: "Messages" }).getByText("在的").waitFor()

  await bot.ask("aibot_send_msg", { chatid: "lisi", msgtype: "template_card", template_card: BUTTONS })
  await page.getByRole("button", { name: "同意" }).click()
  const { body: event } = await bot.heard()
  assert.equal((event?.["event"] as Record<string, unknown> | undefined)?.["event_key"], "yes")
  assert.deepEqual(browser.errors, [])
})

// proves 32.chat-sim: a group chat on the phones page
test("a group chat is a conversation of its members' phones, in both languages", inBrowser, async () => {
  await using sim = await simClient()
  await using browser = await openBrowser()
  const page = await browser.open(`${sim.sim.url}/?lang=en&user=lisi`)
  const query = { access_token: await sim.token(ROOT) }
  const send = async (content: string) =>
    sim.post("appchat/send", query, { chatid: "simchat", msgtype: "text", text: { content } })
  await send("磁盘 91%")
  await page.getByRole("tab", { name: "值班群" }).click()
  await page.getByText("Group chat made by 全员, 2 members.").waitFor()
  await page.getByRole("region", { name: "Messages" }).getByText("磁盘 91%").waitFor()
  await send("已恢复")
  await page.getByRole("region", { name: "Messages" }).getByText("已恢复").waitFor()
  const other = await browser.open(`${sim.sim.url}/?lang=zh&user=zhangsan`)
  await other.getByRole("tab", { name: "值班群" }).click()
  await other.getByText("「全员」创建的群聊，共 2 人。").waitFor()
  assert.deepEqual(browser.errors, [])
})

// proves 32.say: on the phones page
test("a member writes to an app and enters it: the callback comes, and a reply is shown", inBrowser, async () => {
  await using sim = await simClient()
  await using app = await callbackApp()
  await register(app, sim)
  await using browser = await openBrowser()
  const page = await browser.open(`${sim.sim.url}/?lang=en&user=lisi`)
  await page.getByRole("tab", { name: "告警" }).click()
  app.answer = answerReply("<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到]]></Content>")
  await page.getByLabel("Write to 告警").fill("在吗")
  await page.getByRole("button", { name: "Send" }).click()
  await page.getByRole("region", { name: "Messages" }).getByText("收到").waitFor()
  await page.getByLabel("What happens").selectOption("enter_agent")
  await page.getByRole("button", { name: "Send" }).click()
  await app.hasReceived(2)
  assert.match(app.received[0]?.message ?? "", /<Content><!\[CDATA\[在吗\]\]><\/Content>/)
  assert.match(app.received[1]?.message ?? "", /<Event><!\[CDATA\[enter_agent\]\]><\/Event>/)
  assert.deepEqual(browser.errors, [])
})
