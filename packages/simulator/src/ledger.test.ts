import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../tools/testing/fast-check.ts"
import { Ledger } from "./ledger.ts"
import { simClient, type Call, type SimClient } from "./testing/sim-client.ts"

const KIB = 1024

/** Unknown fields, so that WeCom takes a body of any size. */
function sendOf(sim: SimClient, kib: number, touser = "zhangsan") {
  return sim.send({ touser, padding: "x".repeat(kib * KIB) })
}

const bytesOf = ({ body_base64 }: Call): number => Buffer.from(body_base64, "base64").length

// proves 11.S16: the simulator's memory
test("calls are remembered in so many bytes: the oldest lose body, answer and names, and the ledger says so", async () => {
  await using sim = await simClient({ settings: { keep_bytes: 256 * KIB, limits: { member_per_minute: null } } })
  await sim.token()
  for (let n = 0; n < 30; n++) assert.equal((await sendOf(sim, 30)).errcode, 0)
  const calls = (await sim.calls()).filter(({ path }) => path === "/cgi-bin/message/send")

  assert.equal(calls.length, 30)
  assert.ok(calls.reduce((sum, call) => sum + bytesOf(call), 0) <= 256 * KIB)
  const firstWhole = calls.findIndex(({ forgotten_bytes }) => forgotten_bytes === undefined)
  assert.ok(firstWhole >= 20 && firstWhole <= 26, `${firstWhole}`)
  for (const [index, call] of calls.entries()) {
    const { body, sha256, answer, shown, errcode, forgotten_bytes = 0 } = call
    assert.equal(errcode, 0)
    if (index < firstWhole) {
      assert.deepEqual([body, bytesOf(call), sha256, answer, shown], [null, 0, null, null, []])
      assert.ok(forgotten_bytes > 30 * KIB && forgotten_bytes < 32 * KIB, `${forgotten_bytes}`)
    } else {
      assert.ok(bytesOf(call) > 30 * KIB)
      assert.deepEqual([shown, answer?.["errcode"], typeof sha256], [["zhangsan"], 0, "string"])
    }
  }
})

// proves 11.S16: the simulator's memory
test("messages are remembered in so many bytes: the oldest are forgotten whole, the newest never", async () => {
  await using sim = await simClient({ settings: { keep_bytes: 256 * KIB, limits: { member_per_minute: null } } })
  const first = await sendOf(sim, 30)
  for (let n = 0; n < 20; n++) await sendOf(sim, 30)
  const kept = (await sim.copies()).length
  assert.ok(kept >= 7 && kept <= 8, `${kept}`)
  const recalled = await sim.post("message/recall", { access_token: await sim.token() }, { msgid: first["msgid"] })
  assert.notEqual(recalled.errcode, 0)

  const { msgid } = await sendOf(sim, 1024)
  assert.deepEqual(
    (await sim.copies()).map((copy) => copy.msgid),
    [msgid],
  )
})

test("a body over the bound is never kept, and its answer is", async () => {
  await using sim = await simClient({ settings: { keep_bytes: 64 * KIB } })
  await sendOf(sim, 1024)
  const call = (await sim.calls()).at(-1)
  assert.deepEqual([call?.body, call?.sha256, call?.answer?.["errcode"]], [null, null, 0])
  assert.ok((call?.forgotten_bytes ?? 0) > 1024 * KIB)
})

// proves 11.S16: the simulator's memory
test("messages that were not shown are remembered in so many bytes, too", async () => {
  await using sim = await simClient({ settings: { keep_bytes: 256 * KIB } })
  for (let n = 0; n < 20; n++) await sendOf(sim, 30, "zhangsan|outsider")
  const response = await sim.control("GET", "phones/outsider/timeline?kept_back=true")
  const text = await response.text()
  assert.equal(response.status, 200, text)
  const kept = text.split('"invisible"').length - 1
  assert.ok(kept >= 7 && kept <= 8, text.slice(0, 300))
})

// proves 11.S16: the simulator's memory
test("a long answer counts as a long body does", async () => {
  await using sim = await simClient({ members: 5000, settings: { keep_bytes: 1024 * KIB } })
  const query = { access_token: await sim.token(), department_id: "2" }
  for (let n = 0; n < 20; n++) assert.equal((await sim.get("user/simplelist", query)).errcode, 0)
  const whole = (await sim.calls()).filter(({ answer }) => answer !== null)
  assert.ok(JSON.stringify(whole).length < 1200 * KIB)
  assert.ok(whole.length >= 1)
})

// proves 11.S16: the simulator's memory
test("a bound that is lowered holds at once; `keep` of null keeps all, unless bytes are bounded as well", async () => {
  await using sim = await simClient({ settings: { keep: null, limits: { member_per_minute: null } } })
  assert.equal(((await (await sim.control("GET", "settings")).json()) as { keep_bytes: unknown }).keep_bytes, null)
  for (let n = 0; n < 5; n++) await sendOf(sim, 100)
  assert.equal((await sim.copies()).length, 5)
  await sim.settings({ keep_bytes: 250 * KIB })
  assert.equal((await sim.copies()).length, 2)
  const whole = (await sim.calls()).filter(({ path, body }) => path === "/cgi-bin/message/send" && body !== null)
  assert.equal(whole.length, 2)
})

// proves 11.S16: the simulator's memory
test("whatever comes and is answered in whatever order, what the ledger holds of calls stays in its bounds", () => {
  const step = fc.record({ raw: fc.nat(40), answered: fc.option(fc.nat(10)), answer: fc.nat(40) })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.nat(100),
      fc.integer({ min: 1, max: 8 }),
      (steps, bytes, keep) => {
        const ledger = new Ledger({ keep, keep_bytes: bytes })
        const opened = []
        for (const { raw, answered, answer } of steps) {
          opened.push(ledger.openCall("/cgi-bin/x", {}, Buffer.alloc(raw), 0))
          const call = answered === null ? undefined : opened.at(-1 - answered)
          if (call?.errcode === undefined && call !== undefined)
            ledger.answerCall(call, { errcode: 0, told: { errcode: 0 }, bytes: answer })
          const calls = ledger.calls()
          assert.ok(calls.length <= keep)
          assert.ok(calls.reduce((sum, { raw }) => sum + raw.length, 0) <= bytes)
          assert.ok(calls.reduce((sum, one) => sum + one.bytes, 0) <= bytes)
        }
      },
    ),
  )
})

test("a reset frees what was held", async () => {
  await using sim = await simClient({ settings: { keep_bytes: 64 * KIB } })
  for (let n = 0; n < 3; n++) await sendOf(sim, 30)
  await sim.control("POST", "reset")
  await sendOf(sim, 30)
  await sendOf(sim, 30)
  const sends = (await sim.calls()).filter(({ path }) => path === "/cgi-bin/message/send")
  assert.deepEqual(
    sends.map(({ forgotten_bytes }) => forgotten_bytes),
    [undefined, undefined],
  )
  assert.equal((await sim.copies()).length, 2)
})
