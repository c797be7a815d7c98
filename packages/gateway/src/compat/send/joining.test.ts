import assert from "node:assert/strict"
import { test } from "node:test"
import type { Dispatcher } from "../../core/ports/dispatcher.ts"
import { startCompat } from "../testing/compat-under-test.ts"
import type { CompatUnderTest } from "../testing/compat-under-test.ts"
import { changed } from "../testing/changed.ts"

test("a client that loses patience and asks again gets the same message, and the phone one copy", async () => {
  await using compat = await startImpatient()
  const first = await compat.send()
  const second = await compat.send()

  assert.deepEqual([first.errcode, second.errcode], [0, 0])
  assert.equal(second["msgid"], first["msgid"])
  await settled(compat)
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("a hundred equal requests at once are one message", async () => {
  await using compat = await startImpatient()
  const answers = await Promise.all(Array.from({ length: 100 }, () => compat.send()))
  assert.equal(new Set(answers.map(({ msgid }) => msgid)).size, 1)
  await settled(compat)
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("once it is settled an equal body is a message of its own", async () => {
  await using compat = await startImpatient()
  const first = await compat.send()
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

test("a body with one byte more is a message of its own", async () => {
  await using compat = await startImpatient()
  const body = '{"touser":"zhangsan","msgtype":"text","agentid":1000002,"text":{"content":"你好"}}'
  const first = await compat.call("message/send", body)
  const second = await compat.call("message/send", `${body} `)
  assert.notEqual(second["msgid"], first["msgid"])
})

/** WeCom takes a moment for each call, and nobody waits for it. */
async function startImpatient(): Promise<CompatUnderTest> {
  const compat = await startCompat({
    wrap: (dispatcher: Dispatcher) => changed(dispatcher, { finished: async () => false }),
  })
  await compat.sim.control("POST", "faults", { path: "message/send", times: 1000, kind: "slow", delay_ms: 300 })
  return compat
}

async function settled({ gateway }: CompatUnderTest): Promise<void> {
  for (;;) {
    const { json } = await gateway.request("/v1/messages")
    if (json.items.every(({ state }: { state: string }) => state === "sent")) return
  }
}
