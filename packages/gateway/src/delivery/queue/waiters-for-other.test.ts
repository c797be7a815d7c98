import assert from "node:assert/strict"
import { test } from "node:test"
import { WaitersForOther } from "./waiters-for-other.ts"

// proves 32.else: who waits for its app is called when that changes
test("messages that wait for an app are called when it changes, once, also by a change while they are given back", () => {
  const woken: string[] = []
  const waiters = new WaitersForOther((ids) => void woken.push(...ids))
  waiters.turnEnded("alerts", "msg_1")()
  waiters.turnEnded("hr", "msg_2")()
  const givenBack = waiters.turnEnded("alerts", "msg_3")
  waiters.changed("alerts")
  assert.deepEqual(woken.splice(0), ["msg_1"])
  givenBack()
  assert.deepEqual(woken.splice(0), ["msg_3"])
  waiters.changed("alerts")
  assert.deepEqual(woken, [])
})

test("of many that wait the thousand that came last are called; the others look by themselves", () => {
  const woken: string[] = []
  const waiters = new WaitersForOther((ids) => void woken.push(...ids))
  for (let n = 0; n <= 1000; n++) waiters.turnEnded("alerts", `msg_${n}`)()
  waiters.turnEnded("alerts", "msg_1000")()
  waiters.changed("alerts")
  assert.deepEqual([woken.length, woken[0], woken.at(-1)], [1000, "msg_1", "msg_1000"])
})
