import assert from "node:assert/strict"
import { test } from "node:test"
import { takePlace } from "./take-place.ts"

const nothing: Disposable = { [Symbol.dispose]: () => undefined }

function places() {
  const seen: string[] = []
  return {
    seen,
    enter: async () => void seen.push("entered"),
    leave: () => void seen.push("left"),
  }
}

test("a caller takes its place before it waits for the pace, and keeps it until it gives it back", async () => {
  const of = places()
  const place = await takePlace(of, async () => {
    of.seen.push("paced")
    return { [Symbol.dispose]: () => void of.seen.push("answered") }
  })
  assert.deepEqual(of.seen, ["entered", "paced"])
  place[Symbol.dispose]()
  assert.deepEqual(of.seen, ["entered", "paced", "left", "answered"])
})

test("a place is given back when the pace fails", async () => {
  const of = places()
  const trouble = new Error("trouble")
  await assert.rejects(
    takePlace(of, () => Promise.reject(trouble)),
    trouble,
  )
  assert.deepEqual(of.seen, ["entered", "left"])
})

test("a free place is taken at once", async () => {
  let left = 0
  const place = await takePlace({ enter: () => undefined, leave: () => void left++ }, () => Promise.resolve(nothing))
  assert.equal(left, 0)
  place[Symbol.dispose]()
  assert.equal(left, 1)
})
