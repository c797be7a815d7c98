import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { longestTurn } from "./longest-turn.ts"

function work(ms: number): void {
  const before = process.threadCpuUsage()
  for (;;) {
    const { user, system } = process.threadCpuUsage(before)
    if (user + system >= ms * 1000) return
  }
}

test("work in one piece counts as a whole, and work with rests in between by its longest piece", async () => {
  const whole = await longestTurn(async () => work(200))
  assert.ok(whole >= 200, `${whole} ms`)
  const pieces = await longestTurn(async () => {
    for (let n = 0; n < 20; n++) {
      work(10)
      // Timers fire once in each turn of the event loop.
      await immediate()
      await immediate()
    }
  })
  assert.ok(pieces >= 10 && pieces < 100, `${pieces} ms`)
})
