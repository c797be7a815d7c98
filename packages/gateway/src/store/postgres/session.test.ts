import assert from "node:assert/strict"
import { test } from "node:test"
import { openTwoNodes } from "./testing/two-nodes.ts"

test("simultaneous callers get locks one after another, and the client does not warn", async () => {
  const warnings: string[] = []
  const warned = ({ message }: Error): void => void warnings.push(message)
  process.on("warning", warned)
  using _ = { [Symbol.dispose]: () => void process.off("warning", warned) }
  await using nodes = await openTwoNodes()
  const [{ session }] = nodes.opened
  let held = 0
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      await using _lock = await session.lock(`test ${n}`)
      held++
    }),
  )
  assert.equal(held, 20)
  assert.deepEqual(warnings, [])
})
