import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

const at = (ms: number): string => new Date(ms).toISOString()

for (const store of STORES) {
  // proves 29.E1: one content is answered badly
  test(`29.E1 (${store}): contents that something in between answers with 403, 502 or 404 keep their own messages waiting, and no other`, async () => {
    await using day = await RealDay.start({ store })
    const faults = [
      { match: "forbidden", kind: "http_status", status: 403 },
      { match: "html", kind: "html" },
      { match: "nowhere", kind: "http_status", status: 404 },
    ]
    const broken: string[] = []
    for (const fault of faults) {
      await day.fault(fault)
      const id = await day.post(fault.match)
      broken.push(id)
      await day.tried(id)
      await day.until(await day.post(`high beside ${broken.length}`, { priority: "high" }), "sent")
      const waiting = await day.message(id)
      assert.deepEqual([waiting["state"], waiting["problem"]], ["sending", null])
      assert.equal((await day.recipients(id))[0]?.["reason"], "unreachable")
      await day.advance(3)
      await day.until(await day.post(`normal beside ${broken.length}`), "sent")
    }
    await day.endFaults()
    await day.advance(10, { inStepsOf: 5 })
    for (const id of broken) await day.until(id, "sent")
    assert.equal((await day.phone()).length, 9)
  })

  // proves 29.E1: one content is answered badly
  test(`29.E1 (${store}): with thirty contents in doubt, half of them past their time, each high message goes out within five seconds`, async () => {
    await using day = await RealDay.start({ store })
    await day.fault({ match: "poison", kind: "html" })
    const ids: string[] = []
    for (let n = 0; n < 30; n++) {
      ids.push(await day.post(`poison ${n}`, n % 2 === 0 ? {} : { expires_at: at(day.now() + 30_000) }))
    }
    const areTried = async (): Promise<boolean> => {
      const attempts = await Promise.all(ids.map((id) => day.attempts(id)))
      return attempts.every(({ length }) => length > 0)
    }
    const tookSeconds = await day.secondsUntil(areTried, { atMost: 29 })
    await day.advance(31 - tookSeconds, { inStepsOf: 10 })
    for (let n = 0; n < 3; n++) {
      const id = await day.post(`good ${n}`, { priority: "high" })
      const seconds = await day.secondsUntil(async () => (await day.state(id)) === "sent", { atMost: 20 })
      assert.ok(seconds <= 5, `${seconds} s`)
      await day.advance(3)
    }
    await day.until(await day.post("good", { priority: "bulk" }), "sent")
  })

  // proves 29.E1: one content is answered badly
  test(`29.E1 (${store}): a lane waits a minute for a call in doubt, expired or not, and as long as it takes for one surely not delivered`, async () => {
    await using day = await RealDay.start({ store })
    await day.fault({ match: "doubt", kind: "html" })
    await day.fault({ match: "nowhere", kind: "http_status", status: 404 })
    const lanes = {
      inDoubt: await day.post("doubt one", { order_key: "a" }),
      expired: await day.post("doubt two", { order_key: "b", expires_at: at(day.now() + 5000) }),
      notDelivered: await day.post("nowhere", { order_key: "c" }),
    }
    const behind: string[] = []
    for (const key of ["a", "b", "c"]) behind.push(await day.post(`behind ${key}`, { order_key: key }))
    for (const id of Object.values(lanes)) await day.tried(id)
    const states = () => Promise.all(behind.map((id) => day.state(id)))
    await day.advance(59, { inStepsOf: 7 })
    assert.deepEqual(await states(), ["queued", "queued", "queued"])
    const bothWent = async (): Promise<boolean> => (await states()).filter((state) => state === "sent").length === 2
    assert.ok((await day.secondsUntil(bothWent, { atMost: 4 })) <= 4)
    await day.advance(30, { inStepsOf: 10 })
    assert.deepEqual(await states(), ["sent", "sent", "queued"])
    assert.deepEqual([await day.state(lanes.inDoubt), await day.state(lanes.expired)], ["sending", "sending"])
    await day.endFaults()
    await day.advance(60, { inStepsOf: 20 })
    for (const id of behind) await day.until(id, "sent")
    const order = (await day.phone()).filter((text) => text === "nowhere" || text === "behind c")
    assert.deepEqual(order, ["nowhere", "behind c"])
  })
}
