import assert from "node:assert/strict"
import { test } from "node:test"
import { RealDay, STORES } from "./testing/real-day.ts"

const HOUR_MS = 3_600_000

for (const store of STORES)
  // proves 29.E2: its lanes keep their order
  test(`issue 29, E2, ${store}: when a clock that was slow is set right, a lane is sent in its order`, async () => {
    const held = Promise.withResolvers<void>()
    await using day = await RealDay.start({
      store,
      transport: (real) => ({
        ...real,
        request: async (asked) => {
          if (typeof asked.body === "string" && asked.body.includes('"first"')) await held.promise
          return real.request(asked)
        },
      }),
    })
    await day.setClock(-957 * HOUR_MS)
    const ids: string[] = []
    for (const content of ["first", "second", "third"]) ids.push(await day.post(content, { order_key: "lane" }))
    await day.comesInTime(async () => (await day.state(String(ids[0]))) === "sending", "the first to be under way")
    // By this clock, the time noted for each of them has passed, until that time has been moved.
    await day.setClock(957 * HOUR_MS)
    await day.advance(8)
    assert.deepEqual(await day.phone(), [])
    held.resolve()
    for (const id of ids) await day.comesInTime(async () => (await day.state(id)) === "sent", `${id} to be sent`)
    assert.deepEqual(await day.phone(), ["first", "second", "third"])
  })
