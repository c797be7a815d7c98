import assert from "node:assert/strict"
import { test } from "node:test"
import { progress } from "./message-progress.ts"
import { emptyCounts } from "./recipients.ts"

const AT = 2_000

test("a message is finished when its last recipient is final", () => {
  const counts = { ...emptyCounts(), sent: 2, failed: 1 }
  assert.deepEqual(progress(undefined, counts, AT), {
    finalState: "partly_sent",
    finishedAt: AT,
    event: "message.finished",
  })
})

test("a message with pending recipients continues, and has no event", () => {
  const counts = { ...emptyCounts(), sent: 2, pending: 1 }
  assert.deepEqual(progress(undefined, counts, AT), { finalState: undefined, finishedAt: undefined, event: undefined })
})

test("a finished message that has pending recipients again is reopened", () => {
  const counts = { ...emptyCounts(), sent: 2, pending: 1 }
  assert.deepEqual(progress(1_000, counts, AT), {
    finalState: undefined,
    finishedAt: undefined,
    event: "message.reopened",
  })
})

test("a recall changes the result of a finished message, not when it finished", () => {
  const counts = { ...emptyCounts(), recalled: 2 }
  assert.deepEqual(progress(1_000, counts, AT), { finalState: "recalled", finishedAt: 1_000, event: "message.changed" })
})
