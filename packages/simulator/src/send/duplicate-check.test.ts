import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

const CHECKED = { enable_duplicate_check: 1, duplicate_check_interval: 600 }

async function post(sim: SimClient, body: string, app: { secret: string } = ALERTS): Promise<Answer> {
  return sim.post("message/send", { access_token: await sim.token(app) }, body)
}

test("4.3: an equal body within the interval is shown once, and both answers are errcode 0 with the same msgid", async () => {
  await using sim = await simClient()
  const [first, second] = [await sim.send(CHECKED), await sim.send(CHECKED)]
  assert.deepEqual(second, first)
  assert.equal((await sim.copies()).length, 1)
})

test("4.3: the ledger names whom a suppressed call would have reached", async () => {
  await using sim = await simClient()
  await sim.send({ ...CHECKED, touser: "zhangsan|lisi" })
  await sim.send({ ...CHECKED, touser: "zhangsan|lisi" })
  const call = (await sim.calls()).at(-1)
  assert.deepEqual([call?.shown, call?.suppressed], [[], ["zhangsan", "lisi"]])
  const stats = (await (await sim.control("GET", "stats")).json()) as Record<string, number>
  assert.deepEqual([stats["recipients"], stats["suppressed"]], [2, 2])
})

test("4.3: after the interval the message is shown again", async () => {
  await using sim = await simClient()
  await sim.send(CHECKED)
  await sim.advance(599)
  await sim.send(CHECKED)
  assert.equal((await sim.copies()).length, 1)
  await sim.advance(1)
  await sim.send(CHECKED)
  assert.equal((await sim.copies()).length, 2)
})

test("4.3: a repeat does not prolong the interval, unless set so", async () => {
  for (const [duplicate_prolongs, copies] of [
    [false, 2],
    [true, 1],
  ] as const) {
    await using sim = await simClient({ settings: { duplicate_prolongs } })
    for (const seconds of [400, 400, 0]) {
      await sim.send(CHECKED)
      await sim.advance(seconds)
    }
    assert.equal((await sim.copies()).length, copies)
  }
})

test("4.3: the interval is 1800 seconds where none is given, and at most four hours", async () => {
  for (const [message, seconds] of [
    [{ enable_duplicate_check: 1 }, 1800],
    [{ enable_duplicate_check: 1, duplicate_check_interval: 99_999 }, 14_400],
  ] as const) {
    await using sim = await simClient()
    await sim.send(message)
    await sim.advance(seconds - 1)
    await sim.send(message)
    assert.equal((await sim.copies()).length, 1)
    await sim.advance(1)
    await sim.send(message)
    assert.equal((await sim.copies()).length, 2)
  }
})

test("4.3: without the check equal bodies are shown as often as they come", async () => {
  await using sim = await simClient()
  await sim.send()
  await sim.send()
  assert.equal((await sim.copies()).length, 2)
})

test("4.3: the comparison is on bytes: another order of fields is another message", async () => {
  await using sim = await simClient()
  const rest = `"msgtype":"text","agentid":1000002,"text":{"content":"x"},"enable_duplicate_check":1`
  await post(sim, `{"touser":"zhangsan",${rest}}`)
  await post(sim, `{${rest},"touser":"zhangsan"}`)
  assert.equal((await sim.copies()).length, 2)
})

test("4.3: a refused message is no earlier one", async () => {
  await using sim = await simClient()
  const message = { ...CHECKED, touser: "outsider" }
  assert.equal((await sim.send(message)).errcode, 81013)
  await sim.org(({ apps: [app] }) => Object.assign(app ?? {}, { visible: { departments: [1] } }))
  await sim.send(message)
  assert.equal((await sim.copies()).length, 1)
})

test("4.3: apps are distinguished", async () => {
  await using sim = await simClient()
  const body = JSON.stringify({
    touser: "WangWu",
    msgtype: "miniprogram_notice",
    miniprogram_notice: { appid: "wx0000000000000001", title: "会议室预订" },
    ...CHECKED,
  })
  await sim.org((org) => org.apps.forEach((app) => Object.assign(app, { miniprograms: ["wx0000000000000001"] })))
  await post(sim, body, ALERTS)
  await post(sim, body, HR)
  assert.equal((await sim.copies()).length, 2)
})

test("4.3: the second answer has a new msgid or none, if so set", async () => {
  await using sim = await simClient({ settings: { duplicate_answer: "new_msgid" } })
  const first = await sim.send(CHECKED)
  const second = await sim.send(CHECKED)
  assert.equal(second.errcode, 0)
  assert.notEqual(second["msgid"], first["msgid"])
  assert.equal(typeof second["msgid"], "string")

  await sim.settings({ duplicate_answer: "no_msgid" })
  assert.deepEqual(await sim.send(CHECKED), { errcode: 0, errmsg: "ok" })
  assert.equal((await sim.copies()).length, 1)
})

test("4.3: the second answer names the bad recipients again, unless set otherwise", async () => {
  for (const duplicate_names_invalid of [true, false]) {
    await using sim = await simClient({ settings: { duplicate_names_invalid } })
    const message = { ...CHECKED, touser: "zhangsan|ghost" }
    const [first, second] = [await sim.send(message), await sim.send(message)]
    assert.equal(first["invaliduser"], "ghost")
    assert.equal(second["invaliduser"], duplicate_names_invalid ? "ghost" : undefined)
    assert.equal(second["msgid"], first["msgid"])
  }
})
