import assert from "node:assert/strict"
import { test } from "node:test"
import { readNextParts } from "./next-part.ts"
import { aCallView, OneMessage } from "../testing/one-message.ts"

const PARTS = ["{}", "{}", "{}"]

test("after an accepted call comes the next part, after any other the same again, and after the last none", async () => {
  const one = new OneMessage({ parts: PARTS })
  one.outbox.calls = [
    aCallView(),
    aCallView({ number: 2, part: 1 }),
    aCallView({ number: 3, part: 2 }),
    aCallView({ number: 4, part: 1, result: "refused" }),
    aCallView({ number: 5, part: 1, result: undefined }),
  ]
  const next = await readNextParts(one.run)
  assert.deepEqual([1, 2, 3, 4, 5].map(next), [1, 2, 2, 1, 1])
  assert.deepEqual([null, 6].map(next), [0, 0], "who was in no call, or in one that is not told, begins")
})

test("calls beyond the first thousand are read too", async () => {
  const one = new OneMessage({ parts: PARTS })
  one.outbox.calls = Array.from({ length: 2001 }, (_, index) => aCallView({ number: index + 1 }))
  const next = await readNextParts(one.run)
  assert.deepEqual([1000, 1001, 2000, 2001].map(next), [1, 1, 1, 1])
  assert.equal(one.outbox.pagesRead, 3)
})

test("a message of one part needs no look at its calls", async () => {
  const one = new OneMessage()
  one.outbox.calls = [aCallView()]
  const next = await readNextParts(one.run)
  assert.deepEqual([null, 1].map(next), [0, 0])
  assert.equal(one.outbox.pagesRead, 0)
})
