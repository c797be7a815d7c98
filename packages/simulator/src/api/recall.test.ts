import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

async function recall(sim: SimClient, msgid: unknown, app: { secret: string } = ALERTS): Promise<Answer> {
  return sim.post("message/recall", { access_token: await sim.token(app) }, { msgid })
}

// proves 4.6: the simulator
test("5.1: a recalled message is gone from every phone, and a listing that asks for it marks it", async () => {
  await using sim = await simClient()
  const { msgid } = await sim.send({ touser: "zhangsan|lisi" })
  const kept = await sim.send({ text: { content: "second" } })
  assert.equal((await recall(sim, msgid)).errcode, 0)
  assert.deepEqual(
    (await sim.copies()).map((copy) => copy.msgid),
    [kept["msgid"]],
  )
  const { messages } = (await (await sim.control("GET", "messages?recalled=true")).json()) as {
    messages: { msgid: string; recalled?: boolean }[]
  }
  assert.deepEqual(
    messages.map(({ recalled }) => recalled),
    [true, true, undefined],
  )
})

test("5.1: recalling twice is no mistake", async () => {
  await using sim = await simClient()
  const { msgid } = await sim.send()
  assert.deepEqual([(await recall(sim, msgid)).errcode, (await recall(sim, msgid)).errcode], [0, 0])
})

test("5.1: a message can be recalled for 24 hours, then answers 42052", async () => {
  await using sim = await simClient()
  const { msgid } = await sim.send()
  await sim.advance(86_400)
  assert.equal((await recall(sim, msgid)).errcode, 42052)
  assert.equal((await sim.copies()).length, 1)
})

test("5.1: only the app that sent it recalls a message: 40058", async () => {
  await using sim = await simClient()
  const { msgid } = await sim.send()
  assert.equal((await recall(sim, msgid, HR)).errcode, 40058)
  assert.equal((await recall(sim, "unknown")).errcode, 40058)
  assert.equal((await recall(sim, undefined)).errcode, 40058)
})
