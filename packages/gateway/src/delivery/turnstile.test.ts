import assert from "node:assert/strict"
import { test } from "node:test"
import { Turnstile } from "./turnstile.ts"

test("one at a time goes through, in the order in which they came; who only passes waits for those ahead", async () => {
  const turnstile = new Turnstile()
  const through: string[] = []
  const enter = async (name: string): Promise<void> => {
    await turnstile.enter()
    through.push(name)
  }
  await enter("first")
  const waiting = [enter("second"), enter("third")]
  const passed = turnstile.pass().then(() => through.push("passer"))
  for (const wait of waiting) {
    turnstile.leave()
    await wait
  }
  assert.deepEqual(through, ["first", "second", "third"])
  turnstile.leave()
  await passed
  await enter("fourth")
  assert.deepEqual(through, ["first", "second", "third", "passer", "fourth"])
})
