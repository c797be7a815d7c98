import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

/** The parts of a long text; each is a call. */
const CALLS = 15

/** A message with so many calls that its recall takes longer than a request. */
async function sentInParts(day: RealDay): Promise<string> {
  const content = Array.from({ length: CALLS }, (_, n) => `${n}`.padStart(4, "0").padEnd(2000, "x")).join("\n")
  const id = await day.post(content, { overflow: "split" })
  await day.comes(async () => {
    await day.advance(0.1)
    return (await day.state(id)) === "sent"
  }, "all parts to be sent")
  return id
}

async function recallsAsked(day: RealDay): Promise<readonly string[]> {
  return (await day.sim.calls())
    .filter(({ path }) => path.endsWith("message/recall"))
    .map(({ body }) => String((body as Json)["msgid"]))
}

async function progress(day: RealDay, id: string): Promise<Json> {
  const { status, json, text } = await day.ask(`/v1/messages/${id}/recall`)
  assert.equal(status, 200, text)
  return json as Json
}

for (const store of STORES) {
  // proves 29.recall: a recall of many calls
  test(`issue 29 (${store}): a recall of many calls answers 202 at once, another joins it, and all that is asked is done`, async () => {
    await using day = await RealDay.start({ store })
    const id = await sentInParts(day)
    assert.equal((await day.ask(`/v1/messages/${id}/recall`)).status, 404)
    await day.fault({ path: "message/recall", kind: "slow", delay_ms: 300 })
    const first = await day.ask(`/v1/messages/${id}/recall`, { method: "POST" })
    assert.equal(first.status, 202, first.text)
    assert.equal(first.headers.get("location"), `/v1/messages/${id}/recall`)
    const joined = await day.ask(`/v1/messages/${id}/recall`, { method: "POST" })
    assert.equal(joined.status, 202, joined.text)
    assert.equal(joined.json.recall, "under_way")
    assert.equal(joined.json.asked_at, first.json.asked_at)
    await day.comes(async () => (await progress(day, id))["recall"] === "ended", "the recall to end")
    const { calls, cancelled } = await progress(day, id)
    const { total, recalled } = calls as Json
    assert.deepEqual([total, recalled, cancelled], [CALLS, CALLS, 0])
    const asked = await recallsAsked(day)
    assert.deepEqual([asked.length, new Set(asked).size], [CALLS, CALLS])
    assert.equal(await day.state(id), "recalled")
  })

  // proves 29.recall: a recall of many calls
  test(`issue 29 (${store}): a recall of many calls continues after a kill, where it was`, async () => {
    await using day = await RealDay.start({ store })
    const id = await sentInParts(day)
    await day.fault({ path: "message/recall", kind: "slow", delay_ms: 300 })
    const { status, text } = await day.ask(`/v1/messages/${id}/recall`, { method: "POST" })
    assert.equal(status, 202, text)
    await day.comes(async () => ((await progress(day, id))["calls"] as Json)["recalled"] >= 10, "ten to be recalled")
    await day.kill()
    await day.endFaults()
    await day.comesInTime(async () => (await progress(day, id))["recall"] === "ended", "the recall to end")
    assert.equal(((await progress(day, id))["calls"] as Json)["recalled"], CALLS)
    assert.equal(await day.state(id), "recalled")
    const asked = await recallsAsked(day)
    assert.equal(new Set(asked).size, CALLS)
    // Calls that were under way when it died are asked for again: it is unknown whether WeCom got them.
    assert.ok(asked.length <= CALLS + 10, `${asked.length} were asked for`)
  })

  // proves 29.recall: a recall of many calls
  test(`issue 29 (${store}): a kill at once after the 202 loses no recall, and a later one looks at each call anew`, async () => {
    await using day = await RealDay.start({ store })
    const id = await sentInParts(day)
    await day.fault({ path: "message/recall", kind: "hang_before" })
    assert.equal((await day.ask(`/v1/messages/${id}/recall`, { method: "POST" })).status, 202)
    await day.kill()
    await day.endFaults()
    await day.comesInTime(async () => (await progress(day, id))["recall"] === "ended", "the recall to end")
    assert.equal(await day.state(id), "recalled")
    const { status, json } = await day.ask(`/v1/messages/${id}/recall`, { method: "POST" })
    assert.deepEqual([status, json.recall], [202, "under_way"], "a later one looks at each call anew")
    await day.comes(async () => (await progress(day, id))["recall"] === "ended", "the second to end")
    assert.equal(new Set(await recallsAsked(day)).size, CALLS)
  })
}
