import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { PNG } from "../../http/testing/media-form.ts"
import { ALERTS, startCompat } from "../testing/compat-under-test.ts"
import type { Answer, CompatUnderTest } from "../testing/compat-under-test.ts"

let compat: CompatUnderTest
let keys: Readonly<Record<"split" | "reject" | "plain", string>>
shared(async (resources) => {
  compat = resources.use(await startCompat())
  const [split, reject, plain] = await Promise.all([
    compat.key({ overflow: "split" }),
    compat.key({ overflow: "reject" }),
    compat.key(),
  ])
  keys = { split: split.key, reject: reject.key, plain: plain.key }
})

/** An unknown field, which is ignored, makes the body so long that another thread reads it. */
const LONG = "x".repeat(70_000)

async function send(body: string, key: string): Promise<Answer> {
  return compat.call("message/send", body, key)
}

/** The answer without the fields that differ in each answer. */
function told({ errcode, errmsg, msgid, ...others }: Answer): object {
  const text = errmsg.replaceAll(/hint: \[\d+\]/g, "hint").replaceAll("msg_[\\da-f-]+", "msg")
  return { errcode, errmsg: text, hasMsgid: msgid !== undefined, ...others }
}

// proves 28.D2: bodies of millions of names
suite("what a body of message/send says does not depend on its length", () => {
  const base = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "你好" } }
  const cases: Readonly<Record<string, readonly [change: Record<string, unknown>, key?: keyof typeof keys]>> = {
    "a message": [{}],
    "one to a member who does not exist": [{ touser: "ghost|zhangsan|unlicensed", toparty: "2|404", totag: "77" }],
    "numbers as texts": [{ agentid: String(ALERTS.agentid), safe: "0" }],
    "no agentid": [{ agentid: undefined }],
    "an agentid that is none": [{ agentid: "alerts" }],
    "an agentid that does not exist": [{ agentid: 7 }],
    "an unknown msgtype": [{ msgtype: "letter" }],
    "no recipient": [{ touser: "| |" }],
    "1001 users": [{ touser: Array.from({ length: 1001 }, (_, n) => `u${n}`).join("|") }],
    "a userid of thousands of characters": [{ touser: `zhangsan|${"u".repeat(1001)}` }],
    "an empty text": [{ text: { content: "" } }],
    "a text of the wrong type": [{ toparty: 5, text: { content: "wrong type" } }],
    "a text that is cut": [{ text: { content: "长".repeat(900) } }],
    "a text that is split": [{ text: { content: "很长\n".repeat(400) } }, "split"],
    "a text that is refused": [{ text: { content: "长".repeat(1000) } }, "reject"],
    "@all without the scope": [{ touser: "@all" }],
  }
  for (const [name, [change, key = "plain"]] of Object.entries(cases)) {
    test(name, async () => {
      const message = { ...base, ...change }
      const short = await send(JSON.stringify({ ...message, other: name }), keys[key])
      const long = await send(JSON.stringify({ ...message, other: LONG + name }), keys[key])
      assert.deepEqual(told(long), told(short))
    })
  }

  for (const [name, broken] of Object.entries({
    "a line feed in a text": '"text":{"content":"a\nb"}',
    "half a character": '"text":{"content":"a\\ud800"}',
    "no JSON at all": '"text":{"content"}',
  })) {
    test(name, async () => {
      const body = `{"touser":"zhangsan","msgtype":"text","agentid":${ALERTS.agentid},"other":"x",${broken}}`
      const short = await send(body, keys.plain)
      assert.deepEqual(told(await send(body.replace('"x"', `"${LONG}"`), keys.plain)), told(short))
    })
  }
})

// proves 28.D2: bodies of millions of names
test("an article of hundreds of kilobytes is on the phone as it was sent", async () => {
  const form = new FormData()
  form.set("media", new Blob([PNG]), "a.png")
  const query = new URLSearchParams({ access_token: await compat.token(), type: "image" })
  const upload = await compat.ask(`media/upload?${query.toString()}`, { method: "POST", body: form })
  const { media_id: thumb_media_id } = JSON.parse(upload.text)
  const content = "图文".repeat(60_000)

  const answer = await compat.send({
    touser: "lisi",
    msgtype: "mpnews",
    mpnews: { articles: [{ title: "标题", thumb_media_id, content }] },
  })

  assert.equal(answer.errcode, 0, answer.errmsg)
  const [copy] = (await compat.sim.copies("lisi")).slice(-1)
  assert.ok(JSON.stringify(copy?.payload).includes(content))
})
