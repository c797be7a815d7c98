import assert from "node:assert/strict"
import { test } from "node:test"
import { TransportFault } from "@wecom-push/sdk"
import { KeptReading } from "./kept-reading.ts"

const DAY = 86_400_000
const NOT_FRESH = { fresh: false, waitMs: 60_000 }

test("what was read is kept for a day; then it still answers, while it is read anew", async () => {
  let now = 0
  let failure: Error | undefined
  const kept = new KeptReading({
    read: async (progress: { pages: number }) => {
      const readAt = now
      await Promise.resolve()
      progress.pages++
      if (failure !== undefined) throw failure
      return { readAt }
    },
    begin: () => ({ pages: 0 }),
    now: () => now,
  })
  const first = { kind: "read", seen: { readAt: 0 } }
  assert.deepEqual(await kept.look(NOT_FRESH), first)
  now = DAY - 1
  assert.deepEqual(await kept.look(NOT_FRESH), first)
  now = DAY
  assert.deepEqual(await kept.look(NOT_FRESH), { kind: "reading", seen: { readAt: 0 }, progress: { pages: 0 } })
  const second = { kind: "read", seen: { readAt: DAY } }
  assert.deepEqual(await kept.look({ ...NOT_FRESH, fresh: true }), second)
  failure = new TransportFault("timeout", true, { host: "wecom.example" })
  assert.deepEqual(await kept.look({ ...NOT_FRESH, fresh: true }), { ...second, kind: "failed", failure: {} })
})
