import assert from "node:assert/strict"
import { test } from "node:test"
import { addFault, onEachStore } from "../../http/testing/each-store.ts"
import { ROOT, tokenOfChatMaker } from "../testing/token-of-chat-maker.ts"

/** A group chat of the app `all`, with zhangsan and lisi. */
const CHAT = "simchat"

type Json = Record<string, unknown>

onEachStore("appchat/send through the drop-in", (started) => {
  const tokenFor = (wish?: Json): Promise<string> => tokenOfChatMaker(started(), wish)
  const send = async (token: string, message: Json, query = ""): Promise<Json> => {
    const path = `/cgi-bin/appchat/send?access_token=${token}${query}`
    return (await started().request(path, { key: null, body: { chatid: CHAT, ...message } })).json
  }
  const shown = async (): Promise<Json[]> => (await started().phone("lisi")).filter(({ chat }) => chat === CHAT)
  const countOf = async (content: string): Promise<number> =>
    (await shown()).filter(({ body }) => Object(body).text?.content === content).length

  // proves 32.compat-chats: kept, sent once, answered as WeCom answers
  test("a message is in the chat once, with WeCom's answer, and `/v1/messages` knows it", async () => {
    const answer = await send(await tokenFor(), text("发布完成"))
    const { msgid, ...rest } = answer
    assert.deepEqual(rest, { errcode: 0, errmsg: "ok" })
    const { json } = await started().request(`/v1/messages/${String(msgid)}`)
    assert.deepEqual([json.state, json.app], ["sent", "all"])
    assert.equal(await countOf("发布完成"), 1)
  })

  // proves 32.compat-chats: what WeCom refuses, by its codes
  test("what WeCom or the key refuses is its code, and no phone shows it", async () => {
    const before = (await shown()).length
    const token = await tokenFor()
    for (const [message, errcode] of [
      [{ ...text("x"), chatid: "nowhere" }, 40050],
      [{ ...text("x"), chatid: "值班群" }, 40050],
      [{ ...text("x"), chatid: "" }, 86201],
      [{ msgtype: "poem", poem: {} }, 40008],
      [{ msgtype: "template_card", template_card: {} }, 86214],
      [text(""), 44004],
    ] as const) {
      const answer = await send(token, message)
      assert.equal(answer["errcode"], errcode, JSON.stringify(answer))
    }
    assert.equal((await send(await tokenFor({ scopes: ["read"] }), text("x")))["errcode"], 48002)
    assert.equal((await send(await tokenFor({ apps: ["alerts"] }), text("x")))["errcode"], 48002)
    assert.equal((await send(await tokenFor({ audience_cap: 100 }), text("x")))["errcode"], 60011)
    assert.equal((await shown()).length, before)
  })

  // proves 32.compat-chats: the app of a key with several
  test("of several apps it is the one in the query, else the one whose chat the gateway knows", async () => {
    const token = await tokenFor({ apps: ["alerts", "all"] })
    const unknown = await send(token, text("哪个应用"))
    assert.equal(unknown["errcode"], 41011)
    assert.equal((await send(token, text("指定应用"), `&agentid=${ROOT}`))["errcode"], 0)
    assert.equal((await send(token, text("x"), "&agentid=1"))["errcode"], 301002)
    assert.equal((await send(token, text("x"), "&agentid=a"))["errcode"], 40056)
    assert.equal((await started().request(`/v1/chats/${CHAT}?app=all`)).status, 200)
    assert.equal((await send(token, text("已知群聊")))["errcode"], 0)
  })

  // proves 32.compat-chats: asked again, and an answer that was lost
  test("an equal body joins the first while it is under way; a lost answer is 0 and nothing goes twice", async () => {
    const token = await tokenFor()
    await addFault(started(), { path: "appchat/send", kind: "slow", delay_ms: 500 })
    const answers = await Promise.all([send(token, text("一次")), send(token, text("一次"))])
    assert.equal(answers[0]["errcode"], 0)
    assert.deepEqual(answers[0], answers[1])
    await addFault(started(), { path: "appchat/send", kind: "reset_after" })
    const lost = await send(token, text("丢失"))
    assert.equal(lost["errcode"], 0)
    await started().until(String(lost["msgid"]), "in_doubt")
    for (const once of ["一次", "丢失"]) assert.equal(await countOf(once), 1)
  })

  // proves 32.compat-chats: bodies read beside, and texts that are too long
  test("a long body is read as a short one is, and a long text is cut or split as the key says", async () => {
    const long = { ...text("字".repeat(1000)), padding: "x".repeat(70_000) }
    assert.equal((await send(await tokenFor(), long))["errcode"], 0)
    const { msgid } = await send(await tokenFor({ overflow: "split" }), text("日志 ".repeat(500)))
    await started().until(String(msgid), "sent")
    const { json } = await started().request(`/v1/messages/${String(msgid)}`)
    assert.ok(json.calls > 1)
    assert.equal((await send(await tokenFor({ overflow: "reject" }), long))["errcode"], 45002)
  })
})

function text(content: string): Json {
  return { msgtype: "text", text: { content } }
}
