import assert from "node:assert/strict"
import { test } from "node:test"
import { openTwoNodes } from "./testing/two-nodes.ts"

test("a task waits for that of another node, and no longer than its patience: the other may be frozen", async () => {
  await using nodes = await openTwoNodes()
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const order: string[] = []
  const first = nodes.one.locks.run("a", async () => {
    begin()
    await held
    order.push("first")
  })
  await begun
  const patient = nodes.two.locks.run("a", async () => void order.push("patient"))
  await nodes.two.locks.run("b", async () => void order.push("other name"))
  letGo()
  await Promise.all([first, patient])
  assert.deepEqual(order, ["other name", "first", "patient"])

  const { promise: frozen, resolve: thaw } = Promise.withResolvers<void>()
  const { promise: frozenNow, resolve: freeze } = Promise.withResolvers<void>()
  const standing = nodes.one.locks.run("a", async () => {
    freeze()
    await frozen
  })
  await frozenNow
  await nodes.two.locks.run("a", async () => void order.push("continued"), { patienceMs: 100 })
  assert.equal(order.at(-1), "continued")
  thaw()
  await standing
})
