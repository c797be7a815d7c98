import assert from "node:assert/strict"
import { test } from "node:test"
import type { RecallOutcome } from "../../model/ports/dispatcher.ts"
import { changed } from "./testing/changed.ts"
import { startCompat } from "./testing/compat-under-test.ts"

const DAY_MS = 24 * 3_600_000

test("a message is taken back from the phones by the msgid that message/send gave", async () => {
  await using compat = await startCompat()
  const { msgid } = await compat.send({ touser: "zhangsan|lisi" })
  assert.equal((await compat.sim.copies()).length, 2)

  assert.deepEqual(await compat.call("message/recall", { msgid }), { errcode: 0, errmsg: "ok" })

  assert.deepEqual(await compat.sim.copies(), [])
  assert.deepEqual(await compat.call("message/recall", { msgid }), { errcode: 0, errmsg: "ok" }, "again")
})

test("a message that shared a call is 40058, and stays on the phones", async () => {
  await using compat = await startCompat()
  await compat.gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { share_calls: true } } })
  const answers = await Promise.all([compat.send({ touser: "zhangsan" }), compat.send({ touser: "lisi" })])
  assert.equal((await compat.sim.copies()).length, 2)
  for (const { msgid } of answers) {
    const { errcode, errmsg } = await compat.call("message/recall", { msgid })
    assert.equal(errcode, 40058)
    assert.match(errmsg, /share_calls/)
  }
  assert.equal((await compat.sim.copies()).length, 2)
})

test("past 24 hours it answers 42052", async () => {
  await using compat = await startCompat()
  const { msgid } = await compat.send()
  compat.clock.advance(DAY_MS + 1000)
  assert.equal((await compat.call("message/recall", { msgid })).errcode, 42052)
})

test("WeCom's own msgid, one of another key's app and none at all are 40058", async () => {
  await using compat = await startCompat()
  const { msgid } = await compat.send()
  const [copy] = await compat.sim.copies("zhangsan")
  const { key } = await compat.key({ apps: ["hr"] })

  assert.equal((await compat.call("message/recall", { msgid: copy?.msgid })).errcode, 40058)
  assert.equal((await compat.call("message/recall", { msgid }, key)).errcode, 40058)
  for (const body of [{}, { msgid: "" }, { msgid: 7 }, "", "[]"]) {
    assert.equal((await compat.call("message/recall", body)).errcode, 40058)
  }
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("a message that reached no recipient has nothing to recall", async () => {
  await using compat = await startCompat()
  await compat.send({ touser: "ghost" })
  const { json } = await compat.gateway.request("/v1/messages")
  assert.equal((await compat.call("message/recall", { msgid: json.items[0].id })).errcode, 40058)
})

test("what WeCom refuses is answered by WeCom's code", async () => {
  await using compat = await startCompat()
  const { msgid } = await compat.send()
  await compat.sim.control("POST", "faults", { path: "message/recall", kind: "errcode", errcode: 48002 })
  const answer = await compat.call("message/recall", { msgid })
  assert.equal(answer.errcode, 48002)
  assert.match(answer.errmsg, /^api forbidden, hint/)
})

for (const { result, errcode } of [
  { result: "in_flight", errcode: -1 },
  { result: "unreachable", errcode: -1 },
  { result: "unknown", errcode: 40058 },
  { result: "expired", errcode: 42052 },
] as const) {
  test(`where one of its calls is ${result}, the message is not called recalled: ${errcode}`, async () => {
    const outcome: RecallOutcome = {
      kind: "recalled",
      state: "partly_sent",
      cancelled: 0,
      calls: [
        { call: 1, result: "recalled", errcode: 0 },
        { call: 2, result },
      ],
    }
    await using compat = await startCompat({
      wrap: (dispatcher) => changed(dispatcher, { recall: async () => outcome }),
    })
    const { msgid } = await compat.send()
    assert.equal((await compat.call("message/recall", { msgid })).errcode, errcode)
  })
}

test("a key that may not send may not recall", async () => {
  await using compat = await startCompat()
  const { msgid } = await compat.send()
  const { key } = await compat.key({ scopes: ["read"] })
  assert.equal((await compat.call("message/recall", { msgid }, key)).errcode, 48002)
})

test("a recall is in the audit trail", async () => {
  await using compat = await startCompat()
  const { id, key } = await compat.key()
  const { msgid } = await compat.send({}, key)
  await compat.call("message/recall", { msgid }, key)
  const { json } = await compat.gateway.request("/v1/audit")
  const entry = json.items.find(({ action }: { action: string }) => action === "message.recalled")
  assert.deepEqual([entry.actor, entry.target], [id, msgid])
})
