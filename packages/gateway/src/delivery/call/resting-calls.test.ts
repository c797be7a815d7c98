import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"

/** More calls than a message has whose calls are all read together. */
const CALLS = 6

// proves 29.E7: a message to many that waits
test("issue 29, E7: of a message to many, calls that rest are not read, and each that is due is read alone", async () => {
  let whole = 0
  let looks = 0
  let single = 0
  await using gateway = await startDispatch({
    simulator: { members: CALLS * 1000 },
    settings: { member_per_minute: null, member_per_hour: null },
    wrap: (stores) => ({
      ...stores,
      outbox: {
        ...stores.outbox,
        openCalls: (id, number) =>
          stores.outbox.openCalls(id, number).finally(() => (number === undefined ? whole++ : single++)),
        openCallsInBrief: (id) => stores.outbox.openCallsInBrief(id).finally(() => looks++),
      },
    }),
  })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 2 * CALLS })
  const users = Array.from({ length: CALLS * 1000 }, (_, n) => `m${String(n + 1).padStart(6, "0")}`)
  const id = await gateway.post({ users })
  await gateway.until(async () => (await gateway.attempts(id)).length === CALLS, "all to be tried")
  let seconds = 0
  while ((await gateway.summary(id)).finishedAt === undefined) {
    assert.ok(++seconds < 120, `${single} calls were read`)
    await gateway.advance(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal((await gateway.summary(id)).counts.sent, CALLS * 1000)
  assert.equal(whole, 0, "no look reads all of them")
  assert.equal(single, 2 * CALLS, "each is read when it is due, and then once")
  // Calls that are due within a second share one check.
  assert.ok(looks <= seconds + 4, `${looks} looks in ${seconds} s`)
})
