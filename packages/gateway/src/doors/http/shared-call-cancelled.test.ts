import assert from "node:assert/strict"
import { test } from "node:test"
import type { Transport } from "@wecom-push/sdk"
import { RealDay, STORES } from "./testing/real-day.ts"

/** Texts with a certain word take as long as the test wants. */
class SlowWay {
  readonly underWay: (() => void)[] = []

  readonly over = (real: Transport): Transport => ({
    ...real,
    request: async (request) => {
      if (typeof request.body === "string" && request.body.includes("slow")) {
        await new Promise<void>((resolve) => this.underWay.push(resolve))
      }
      return real.request(request)
    },
  })
}

const PEOPLE = ["zhangsan", "lisi"]

/** Posts one text to each of these, all of which go out in one call. */
async function postShared(day: RealDay): Promise<readonly string[]> {
  const changes = (person: string) => ({ to: { users: [person] }, send_at: new Date(day.now() + 1000).toISOString() })
  const ids = await Promise.all(PEOPLE.map((person) => day.post("shared", changes(person))))
  await day.advance(1.1)
  return ids
}

const cancel = (day: RealDay, id = "") => day.ask(`/v1/messages/${id}/cancel`, { method: "POST" })

for (const store of STORES) {
  test(`29.E5 (${store}): while a shared call is in doubt, each of its messages is said not to be cancellable, at once, and what else of it waits is cancelled`, async () => {
    await using day = await RealDay.start({ store, settings: { share_calls: true, member_per_minute: 1 } })
    const before = await day.post("before", { to: { users: ["WangWu"] } })
    await day.comesInTime(async () => (await day.state(before)) === "sent", "the one before to be sent")
    await day.fault({ kind: "html", times: 1 })
    const to = { users: ["zhangsan", "WangWu"] }
    const send_at = new Date(day.now() + 1000).toISOString()
    const [first, second] = await Promise.all([
      day.post("shared", { to, send_at }),
      day.post("shared", { to: { users: ["lisi"] }, send_at }),
    ])
    const isInDoubt = async (): Promise<boolean> =>
      (await day.attempts(second)).some(({ result }) => result === "in_doubt")
    await day.comesInTime(isInDoubt, "the shared call to be in doubt")
    assert.equal((await day.calls()).at(-1)?.shown.length, 0)
    for (const [id, cancelled] of [
      [first, 1],
      [second, 0],
    ] as const) {
      const { status, json } = await cancel(day, id)
      assert.deepEqual([status, json.code], [409, "shared_call"])
      assert.match(json.detail, new RegExp(`^${cancelled} recipients were cancelled`))
    }
    assert.equal((await day.ask(`/v1/messages/${second}/recall`, { method: "POST" })).json.code, "shared_call")
    await day.advance(3)
    await day.until(second, "sent")
    const states = (await day.recipients(first)).map(({ state }) => state)
    assert.deepEqual(states, ["sent", "cancelled"])
  })

  test(`29.E5 (${store}): a message that waits with others for leave to send their call is cancelled at once, and the others go out`, async () => {
    const way = new SlowWay()
    const settings = { share_calls: true, concurrent_calls: 1 }
    await using day = await RealDay.start({ store, settings, transport: way.over })
    await day.post("slow", { to: { users: ["WangWu"] } })
    await day.comesInTime(() => way.underWay.length === 1, "a call under way")
    const [first, second = ""] = await postShared(day)
    assert.equal((await cancel(day, first)).status, 200)
    assert.equal(await day.state(first ?? ""), "cancelled")
    way.underWay[0]?.()
    await day.comesInTime(async () => (await day.state(second)) === "sent", "the other one to be sent")
    assert.deepEqual([await day.phone("zhangsan"), await day.phone("lisi")], [[], ["shared"]])
  })
}
