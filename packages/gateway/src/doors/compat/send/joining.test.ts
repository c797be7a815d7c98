import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startCompat } from "../testing/compat-under-test.ts"
import type { CompatUnderTest } from "../testing/compat-under-test.ts"
import { changed } from "../testing/changed.ts"
import { holdSends } from "../testing/hold-sends.ts"

test("a client that loses patience and asks again gets the same message, and the phone one copy", async () => {
  await using compat = await startImpatient()
  const first = await compat.send()
  const second = await compat.send()

  assert.deepEqual([first.errcode, second.errcode], [0, 0])
  assert.equal(second["msgid"], first["msgid"])
  compat.letWeComAnswer()
  await settled(compat)
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("a hundred equal requests at once are one message", async () => {
  await using compat = await startImpatient()
  const answers = await Promise.all(Array.from({ length: 100 }, () => compat.send()))
  assert.equal(new Set(answers.map(({ msgid }) => msgid)).size, 1)
  compat.letWeComAnswer()
  await settled(compat)
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("once it is settled an equal body is a message of its own", async () => {
  await using compat = await startImpatient()
  const first = await compat.send()
  compat.letWeComAnswer()
  await settled(compat)
  const second = await compat.send()
  assert.notEqual(second["msgid"], first["msgid"])
})

test("an equal body of another key is a message of its own", async () => {
  await using compat = await startImpatient()
  const one = await compat.key()
  const other = await compat.key()
  const [first, second] = await Promise.all([compat.send({}, one.key), compat.send({}, other.key)])
  assert.notEqual(second["msgid"], first["msgid"])
})

test("an equal body of the key that another was rotated into joins it: both are one client", async () => {
  await using compat = await startImpatient()
  const old = await compat.key()
  const first = await compat.send({}, old.key)
  const { json: fresh } = await compat.gateway.request(`/v1/keys/${old.id}/rotate`, { method: "POST" })
  const second = await compat.send({}, fresh.key)
  assert.deepEqual([second.errcode, second["msgid"]], [0, first["msgid"]])
  compat.letWeComAnswer()
  await settled(compat)
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("a body with one byte more is a message of its own", async () => {
  await using compat = await startImpatient()
  const body = '{"touser":"zhangsan","msgtype":"text","agentid":1000002,"text":{"content":"你好"}}'
  const first = await compat.call("message/send", body)
  const second = await compat.call("message/send", `${body} `)
  assert.notEqual(second["msgid"], first["msgid"])
})

/** WeCom answers no message before the test allows it, and requests do not wait for the outcome. */
async function startImpatient(): Promise<CompatUnderTest & { letWeComAnswer(): void }> {
  const { wrapTransport, letGo } = holdSends()
  const compat = await startCompat({
    wrap: (dispatcher) => changed(dispatcher, { finished: async () => false }),
    wrapTransport,
  })
  return {
    ...compat,
    letWeComAnswer: letGo,
    [Symbol.asyncDispose]: () => {
      letGo()
      return compat[Symbol.asyncDispose]()
    },
  }
}

async function settled({ gateway }: CompatUnderTest): Promise<void> {
  let states: string[] = []
  for (let tries = 0; tries < 1200; tries++) {
    const { json } = await gateway.request("/v1/messages")
    states = json.items.map(({ state }: { state: string }) => state)
    if (states.every((state) => state === "sent")) return
    await sleep(50)
  }
  assert.fail(`not all are sent: ${states.join(", ")}`)
}
