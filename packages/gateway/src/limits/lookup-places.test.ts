import assert from "node:assert/strict"
import { test } from "node:test"
import { LookupPlaces } from "./lookup-places.ts"

// proves 12.R12: look-ups delay no other message
test("12.R12: corps that wait for a look-up take turns, each in the order in which it asked", async () => {
  const slots = new LookupPlaces(1)
  const first = await slots.take("corp-a")
  const order: string[] = []
  const ask = async (corp: string, name: string): Promise<void> => {
    using _ = await slots.take(corp)
    order.push(name)
  }
  const asked = [
    ask("corp-a", "a1"),
    ask("corp-a", "a2"),
    ask("corp-a", "a3"),
    ask("corp-b", "b1"),
    ask("corp-b", "b2"),
  ]
  first[Symbol.dispose]()
  await Promise.all(asked)
  assert.deepEqual(order, ["a1", "b1", "a2", "b2", "a3"])
})

test("an unwanted slot is free for the next caller", async () => {
  const slots = new LookupPlaces(1)
  const first = await slots.take("corp-a")
  const waiting = slots.take("corp-a")
  first[Symbol.dispose]()
  ;(await waiting)[Symbol.dispose]()
  for (const corp of ["corp-b", "corp-a"]) (await slots.take(corp))[Symbol.dispose]()
})

test("no more have a slot than there are, and each is given back", async () => {
  const slots = new LookupPlaces(2)
  let inside = 0
  let most = 0
  const ask = async (): Promise<void> => {
    using _ = await slots.take("corp")
    most = Math.max(most, ++inside)
    await Promise.resolve()
    inside--
  }
  await Promise.all(Array.from({ length: 50 }, ask))
  assert.equal(most, 2)
  assert.equal(inside, 0)
})
