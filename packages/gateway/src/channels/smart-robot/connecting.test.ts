import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import { heldClock } from "../../../../sdk/src/testing/held-clock.ts"
import { Connecting } from "./connecting.ts"

const AT_ONCE = 64

suite("robots that connect at the same moment", () => {
  test("begin one after another, when one is connected or has failed", async () => {
    const { begun, all } = begin(AT_ONCE + 2)
    await settle()
    assert.equal(begun.length, AT_ONCE)
    begun[0]?.resolve()
    await settle()
    assert.equal(begun.length, AT_ONCE + 1)
    begun[1]?.reject(new Error("refused"))
    await assert.rejects(all[1] ?? assert.fail(), /refused/)
    await settle()
    assert.equal(begun.length, AT_ONCE + 2)
  })

  test("wait half a second at most for those that get no answer", async () => {
    const { clock, begun } = begin(AT_ONCE * 3)
    await settle()
    for (const rounds of [1, 2, 3]) {
      assert.equal(begun.length, AT_ONCE * rounds)
      clock.advance(499)
      await settle()
      assert.equal(begun.length, AT_ONCE * rounds)
      clock.advance(1)
      await settle()
    }
  })
})

function begin(count: number) {
  const clock = heldClock()
  const connecting = new Connecting(clock)
  const begun: PromiseWithResolvers<void>[] = []
  const all = Array.from({ length: count }, () =>
    connecting.run(() => {
      const one = Promise.withResolvers<void>()
      begun.push(one)
      return one.promise
    }),
  )
  return { clock, begun, all }
}

async function settle(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn()
}
