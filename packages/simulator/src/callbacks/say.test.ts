import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { readXml } from "@wecom-push/protocol/callback"
import { answerReply, callbackApp, register } from "../testing/callback-app.ts"
import { ALERTS, CORP_ID, simClient } from "../testing/sim-client.ts"

const { agentid } = ALERTS

async function bench() {
  await using started = new AsyncDisposableStack()
  const sim = started.use(await simClient())
  const app = started.use(await callbackApp())
  await register(app, sim)
  const resources = started.move()
  return { sim, app, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** The messages, and the elements that the app gets after the common ones, by the section of the reference. */
const SAID = [
  ["text", { text: { content: "在吗" } }, { Content: "在吗" }],
  ["image", { image: { media_id: "3a", pic_url: "https://p" } }, { PicUrl: "https://p", MediaId: "3a" }],
  ["voice", { voice: { media_id: "3a" } }, { MediaId: "3a", Format: "amr" }],
  ["video", { video: { media_id: "3a", thumb_media_id: "3b" } }, { MediaId: "3a", ThumbMediaId: "3b" }],
  [
    "location",
    { location: { latitude: 23.134, longitude: 113.358, scale: 20, label: "广州" } },
    { Location_X: "23.134", Location_Y: "113.358", Scale: "20", Label: "广州" },
  ],
  ["link", { link: { title: "周报", url: "https://example.com" } }, { Title: "周报", Url: "https://example.com" }],
] as const

suite("say to an app", () => {
  for (const [msgtype, payload, elements] of SAID) {
    // proves 32.say: messages of members, as WeCom has them
    test(`8.7: ${msgtype} comes encrypted and signed, with a MsgId of 64 bits`, async () => {
      await using at = await bench()
      const told = await at.sim.sim.say({ userid: "ZhangSan", agentid, msgtype, ...payload })
      assert.deepEqual([told.state, told.event, told.agentid], ["delivered", msgtype, agentid])
      const [received] = at.app.received
      assert.deepEqual([received?.isSigned, received?.receiveId], [true, CORP_ID])
      const { CreateTime, MsgId, ...rest } = (await readXml(received?.message ?? "")) ?? {}
      assert.deepEqual(rest, {
        ToUserName: CORP_ID,
        FromUserName: "zhangsan",
        MsgType: msgtype,
        ...elements,
        AgentID: String(agentid),
      })
      assert.match(JSON.stringify(CreateTime), /^"\d{10}"$/)
      assert.match(told.msgid, /^\d{19}$/)
      assert.equal(told.msgid, MsgId)
    })
  }

  for (const event of ["enter_agent", "subscribe", "unsubscribe"] as const) {
    // proves 32.say: events
    test(`8.7: ${event}`, async () => {
      await using at = await bench()
      await at.sim.sim.say({ userid: "lisi", agentid, msgtype: "event", event })
      const { CreateTime: _, ...rest } = (await readXml(at.app.received[0]?.message ?? "")) ?? {}
      assert.deepEqual(rest, {
        ToUserName: CORP_ID,
        FromUserName: "lisi",
        MsgType: "event",
        Event: event,
        EventKey: "",
        AgentID: String(agentid),
      })
    })
  }

  test("8.7: change_contact is of the corp, with WeCom's own fields", async () => {
    await using at = await bench()
    const change = { ChangeType: "update_user", NewUserID: "lisi2", Department: "2,3" }
    await at.sim.sim.say({ userid: "lisi", agentid, msgtype: "event", event: "change_contact", change })
    const { CreateTime: _, ...rest } = (await readXml(at.app.received[0]?.message ?? "")) ?? {}
    assert.deepEqual(rest, {
      ToUserName: CORP_ID,
      FromUserName: "sys",
      MsgType: "event",
      Event: "change_contact",
      UserID: "lisi",
      ...change,
    })
  })

  test("8.6: what the app replies to a message is shown to its member", async () => {
    await using at = await bench()
    at.app.answer = answerReply("<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到]]></Content>")
    await at.sim.sim.say({ userid: "zhangsan", agentid, msgtype: "text", text: { content: "在吗" } })
    assert.deepEqual(
      (await at.sim.copies("zhangsan")).map(({ payload }) => payload),
      [{ content: "收到" }],
    )
    at.app.answer = answerReply(
      "<MsgType><![CDATA[update_button]]></MsgType><Button><ReplaceName><![CDATA[完成]]></ReplaceName></Button>",
    )
    const told = await at.sim.sim.say({ userid: "zhangsan", agentid, msgtype: "text", text: { content: "x" } })
    assert.match(told.tries[0]?.error ?? "", /^reply_refused/)
  })

  test("an app without a URL leaves it to be read", async () => {
    await using sim = await simClient()
    const told = await sim.sim.say({ userid: "zhangsan", agentid, msgtype: "text", text: { content: "在吗" } })
    assert.deepEqual([told.state, told.url, told.tries], ["kept", "", []])
    assert.match(told.xml, /<Content><!\[CDATA\[在吗\]\]><\/Content>/)
  })

  test("POST /_sim/phones/{userid}/say does it over HTTP, and names every bad field", async () => {
    await using sim = await simClient()
    const say = async (body: object, userid = "zhangsan") => {
      const response = await sim.control("POST", `phones/${userid}/say`, body)
      return { status: response.status, text: await response.text() }
    }
    const message = { agentid, msgtype: "text", text: { content: "在吗" } }
    assert.equal((await say(message)).status, 200)
    for (const [body, path, userid] of [
      [{ ...message, agentid: 9 }, "agentid", "zhangsan"],
      [message, "agentid", "outsider"],
      [message, "userid", "stranger"],
      [{ ...message, msgtype: "poem" }, "msgtype", "zhangsan"],
      [{ ...message, text: {} }, "text.content", "zhangsan"],
      [{ ...message, image: {} }, "image", "zhangsan"],
      [{ agentid, msgtype: "event", event: "click" }, "event", "zhangsan"],
      [
        { agentid, msgtype: "event", event: "change_contact", change: { ChangeType: "x" } },
        "change.ChangeType",
        "lisi",
      ],
      [{ agentid, msgtype: "event", event: "change_contact", change: { Name: [] } }, "change.Name", "lisi"],
    ] as const) {
      const { status, text } = await say(body, userid)
      assert.equal(status, 400, path)
      assert.match(text, new RegExp(path.replace(".", String.raw`\.`)))
    }
  })
})
