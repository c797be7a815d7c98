import assert from "node:assert/strict"
import { test } from "node:test"
import { LARGE_TEXT } from "../../model/large-text.ts"
import { Semaphore } from "../../model/semaphore.ts"
import { aloneIfLarge } from "./alone-if-large.ts"

// proves 28.D2: bodies of millions of names
test("28.D2: bodies of megabytes are worked on one after another, each in a turn of its own; others wait for none", async () => {
  const deps = { largeTexts: new Semaphore() }
  const steps: string[] = []
  const work = (name: string, text: string) =>
    aloneIfLarge(deps, text, async () => {
      steps.push(name)
      await Promise.resolve()
      steps.push(`${name} done`)
    })
  const large = "x".repeat(LARGE_TEXT + 1)
  const all = Promise.all([work("first", large), work("second", large), work("small", "x")])
  const count = (): void => {
    steps.push("turn")
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  await all
  clearImmediate(next)
  assert.deepEqual(steps, ["small", "small done", "turn", "first", "first done", "turn", "second", "second done"])
})

test("one that fails lets the next continue", async () => {
  const deps = { largeTexts: new Semaphore() }
  const large = "x".repeat(LARGE_TEXT + 1)
  await assert.rejects(
    aloneIfLarge(deps, large, () => Promise.reject(new Error("full"))),
    /full/,
  )
  assert.equal(await aloneIfLarge(deps, large, () => 7), 7)
  assert.ok(deps.largeTexts.isIdle)
})
