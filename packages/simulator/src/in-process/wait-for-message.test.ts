import assert from "node:assert/strict"
import { test } from "node:test"
import { MessageNotShown } from "../index.ts"
import { sendCard } from "../testing/cards.ts"
import { simClient } from "../testing/sim-client.ts"

const failure = (waiting: Promise<unknown>): Promise<MessageNotShown> =>
  waiting.then(
    () => assert.fail("resolved"),
    (error: unknown) => {
      assert.ok(error instanceof MessageNotShown, String(error))
      return error
    },
  )

const throwing = (): boolean => {
  throw new Error("of the test")
}

test("a message that is shown already is found at once, the oldest first, and after its number the next", async () => {
  await using client = await simClient()
  const { sim } = client
  await client.send({ text: { content: "一" } })
  await client.send({ text: { content: "二" } })
  const first = await sim.waitForMessage({ timeoutMs: 0 })
  const second = await sim.waitForMessage({ after: first.seq, timeoutMs: 0 })
  assert.deepEqual([first.body.text?.content, second.body.text?.content], ["一", "二"])
})

// proves 30.helpers: an awaited message
test("a message that comes later ends the wait, chosen by member, mobile, text, expression and predicate", async () => {
  await using client = await simClient()
  const { sim } = client
  const waits = [
    sim.waitForMessage({ userid: "LISI" }),
    sim.waitForMessage({ mobile: "13800000002", text: "91%" }),
    sim.waitForMessage({ text: /^磁盘 \d+%$/g }),
    sim.waitForMessage({ where: ({ agentid, body }) => agentid === 1000002 && body.msgtype === "text" }),
  ]
  await client.send({ touser: "zhangsan", text: { content: "你好" } })
  await client.send({ touser: "lisi", text: { content: "磁盘 91%" } })
  const found = await Promise.all(waits)
  assert.deepEqual(
    found.map(({ userid, body }) => [userid, body.text?.content]),
    [
      ["lisi", "磁盘 91%"],
      ["lisi", "磁盘 91%"],
      ["lisi", "磁盘 91%"],
      ["zhangsan", "你好"],
    ],
  )
})

test("a card that changes ends a wait for what it says then", async () => {
  await using client = await simClient()
  const { code } = await sendCard(client)
  const changed = client.sim.waitForMessage({ userid: "zhangsan", text: "已批准" })
  const update = { atall: 1, agentid: 1000002, response_code: code, button: { replace_name: "已批准" } }
  await client.post("message/update_template_card", { access_token: await client.token() }, update)
  assert.equal((await changed).body.template_card?.replace_text, "已批准")
})

// proves 30.helpers: what arrived in its place
test("when nothing fits in time, the error lists what phones showed, what was kept back and which calls failed", async () => {
  await using client = await simClient({ settings: { limits: { member_per_minute: 1 } } })
  const { sim } = client
  await client.send({ touser: "lisi", text: { content: "发给别人" } })
  await client.send({ touser: "lisi", text: { content: "第二条" } })
  sim.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  await client.send({ touser: "zhangsan" })
  const error = await failure(sim.waitForMessage({ mobile: "13800000001", text: "磁盘", timeoutMs: 1 }))
  assert.equal(error.shown.length, 1)
  const said = [
    /^No message to 13800000001 with the text "磁盘" was shown within 1 ms\.\n/,
    /shown: 1\n {4}#1 lisi, app 1000002, text: 发给别人\n/,
    /kept back, and shown on no phone: 1\n {4}lisi, app 1000002, text, dropped: 第二条\n/,
    /calls that failed: 1\n {4}message\/send: errcode 60020, .*, fault errcode$/,
  ]
  for (const text of said) assert.match(error.message, text)
  assert.match(
    error.problem.zh,
    /^没有出现发给 13800000001 的包含文字 "磁盘" 的消息：等待了 1 毫秒。\n.*手机上已显示：1 条/,
  )
})

test("when no call came at all, the error asks for the address", async () => {
  await using client = await simClient()
  const error = await failure(client.sim.waitForMessage({ timeoutMs: 0 }))
  assert.ok(error.message.includes(`does the program send to ${client.sim.url}?`), error.message)
})

test("of many only the newest ten are listed, and their number is said", async () => {
  await using client = await simClient()
  for (let n = 1; n <= 12; n++) await client.send({ text: { content: `第 ${n} 条` } })
  const { message } = await failure(client.sim.waitForMessage({ text: "没有", timeoutMs: 0 }))
  assert.match(message, /shown: 12, of which the newest 10 are\n {4}#3 zhangsan/)
})

test("a simulator that is closed ends the wait; what the predicate throws ends it too, and no call", async () => {
  await using client = await simClient()
  const broken = assert.rejects(client.sim.waitForMessage({ where: throwing }), { message: "of the test" })
  const { errcode } = await client.send()
  assert.equal(errcode, 0)
  await broken
  const waiting = failure(client.sim.waitForMessage({ text: "没有" }))
  await client.sim.close()
  assert.match((await waiting).message, /before the simulator was closed/)
})
