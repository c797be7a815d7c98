import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

/** A text that is split into five parts, with a word in the third. */
const TEXT = Array.from({ length: 5 }, (_, n) => `${n === 2 ? "STOP" : ""}${String(n).repeat(1900)}`).join("\n")
const WHOLE = ["0", "1", "2", "3", "4"]

/** Two parts are on the phone, and WeCom is busy for each try of the third. */
async function twoOfFive(store: (typeof STORES)[number]): Promise<{ readonly day: RealDay; readonly id: string }> {
  const day = await RealDay.start({ store })
  try {
    await day.fault({ kind: "errcode", errcode: -1, match: "STOP" })
    const expires_at = new Date(day.now() + 60_000).toISOString()
    const id = await day.post(TEXT, { overflow: "split", expires_at })
    await day.comesInTime(async () => (await day.attempts(id)).length > 2, "the third part to be tried")
    assert.deepEqual(await digits(day), ["0", "1"])
    return { day, id }
  } catch (error) {
    await day[Symbol.asyncDispose]()
    throw error
  }
}

/** The digit that each part on the phone consists of. */
async function digits(day: RealDay): Promise<readonly (string | undefined)[]> {
  return (await day.phone()).map((part) => /(\d)\1{100}/.exec(part)?.[1])
}

async function retryAll(day: RealDay, id: string, state: string): Promise<void> {
  await day.endFaults()
  const { json, text } = await day.ask(`/v1/messages/${id}/retry`, { body: { states: [state] } })
  assert.equal(json.retried, 1, text)
  await day.comesInTime(async () => (await day.state(id)) === "sent", "all of it to be sent")
  assert.deepEqual((await day.message(id))["parts"], { total: 5, sent: 5 })
}

async function toldOf(day: RealDay, id: string): Promise<readonly unknown[]> {
  const [recipient] = await day.recipients(id)
  return [recipient?.["state"], recipient?.["reason"], (await day.message(id))["parts"]]
}

for (const store of STORES) {
  // proves 29.E11: a text in parts that ends in between
  test(`E11: a text that is cancelled after two of five parts says so, and a retry sends all of it: ${store}`, async () => {
    const { day, id } = await twoOfFive(store)
    await using _ = day
    assert.equal((await day.ask(`/v1/messages/${id}/cancel`, { method: "POST" })).json.cancelled, 1)
    assert.deepEqual(await toldOf(day, id), ["cancelled", "part_3_of_5_cancelled", { total: 5, sent: 2 }])
    await retryAll(day, id, "cancelled")
    assert.deepEqual(await digits(day), ["0", "1", ...WHOLE])
  })

  // proves 29.E11: a text in parts that ends in between
  test(`E11: a text that expires after two of five parts says so, and a retry sends all of it: ${store}`, async () => {
    const { day, id } = await twoOfFive(store)
    await using _ = day
    await day.advance(70, { inStepsOf: 5 })
    await day.lookForExpired()
    await day.comesInTime(async () => (await day.state(id)) === "expired", "it to expire")
    assert.deepEqual(await toldOf(day, id), ["expired", "part_3_of_5_expired", { total: 5, sent: 2 }])
    await retryAll(day, id, "expired")
    assert.deepEqual(await digits(day), ["0", "1", ...WHOLE])
  })

  // proves 29.E11: a text in parts that ends in between
  test(`E11: a text that is recalled after two of five parts is gone from the phone, and a retry sends all of it: ${store}`, async () => {
    const { day, id } = await twoOfFive(store)
    await using _ = day
    const { json } = await day.ask(`/v1/messages/${id}/recall`, { method: "POST" })
    const results = json.calls.map(({ result }: { result: string }) => result)
    assert.deepEqual([json.cancelled, results], [1, ["recalled", "recalled"]])
    assert.deepEqual(await digits(day), [])
    assert.deepEqual(await toldOf(day, id), ["cancelled", "parts_recalled", { total: 5, sent: 0 }])
    await retryAll(day, id, "cancelled")
    assert.deepEqual(await digits(day), WHOLE)
  })

  // proves 29.E11: a text in parts that ends in between
  test(`E11: where a part failed a retry continues with it, unless the parts before it were taken back: ${store}`, async () => {
    await using day = await RealDay.start({ store })
    await day.fault({ kind: "errcode", errcode: 45_002, match: "STOP" })
    const id = await day.post(TEXT, { overflow: "split" })
    await day.comesInTime(async () => (await day.state(id)) === "failed", "the third part to fail")
    assert.deepEqual(await toldOf(day, id), ["failed", "part_3_of_5_call_refused", { total: 5, sent: 2 }])
    await retryAll(day, id, "failed")
    assert.deepEqual(await digits(day), WHOLE)

    await day.fault({ kind: "errcode", errcode: 45_002, match: "STOP" })
    const other = await day.post(`${TEXT}!`, { overflow: "split" })
    await day.comesInTime(async () => (await day.state(other)) === "failed", "the third part to fail")
    await day.ask(`/v1/messages/${other}/recall`, { method: "POST" })
    await retryAll(day, other, "failed")
    assert.deepEqual(await digits(day), [...WHOLE, ...WHOLE])
  })
}

// proves 29.E11: a text in parts that ends in between
test("a text in one part has none to tell", async () => {
  await using day = await RealDay.start({ store: "SQLite" })
  const id = await day.post("short", { overflow: "split" })
  await day.comesInTime(async () => (await day.state(id)) === "sent", "it to be sent")
  assert.equal((await day.message(id))["parts"], null)
})
