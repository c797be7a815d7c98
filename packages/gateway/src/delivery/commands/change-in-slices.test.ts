import assert from "node:assert/strict"
import { test } from "node:test"
import { changeInSlices } from "./change-in-slices.ts"
import type { WholeChange } from "./change-in-slices.ts"
import { emptyCounts } from "../../model/recipients.ts"
import type { MessageChange, MessageChanged, FrozenCall } from "../../model/ports/outbox.ts"

/** A store that has these open calls, and changes one recipient more with each slice. */
function anOutbox({
  open = [],
  isThere = true,
}: { readonly open?: readonly number[]; readonly isThere?: boolean } = {}) {
  const changes: MessageChange[] = []
  return {
    changes,
    openCalls: () => Promise.resolve(open.map((number) => ({ number }) as FrozenCall)),
    update: (change: MessageChange): Promise<MessageChanged | undefined> => {
      changes.push(change)
      const state = changes.length === 1 ? "sending" : "cancelled"
      const changed = { state, counts: emptyCounts(), changed: changes.length, closedCalls: [] } as const
      return Promise.resolve(isThere ? changed : undefined)
    },
  }
}

const update = { from: ["pending"], state: "cancelled" } as const
const whole: WholeChange = { messageId: "msg_1", chunkCount: 1, at: 7, updates: [update] }
const slice = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...update, chunk: from + index, slots: "all" }))

test("a message is changed ten chunks at a time, each of them whole and once", async () => {
  for (const [chunkCount, ...slices] of [[0], [1, 1], [10, 10], [11, 10, 1], [25, 10, 10, 5]] as const) {
    const outbox = anOutbox()
    await changeInSlices(outbox, { ...whole, chunkCount })
    assert.deepEqual(
      outbox.changes,
      slices.map((count, index) => ({ messageId: "msg_1", at: 7, updates: slice(index * 10, count) })),
    )
  }
})

test("it tells how many recipients changed in all, and the state after the last", async () => {
  assert.deepEqual(await changeInSlices(anOutbox(), { ...whole, chunkCount: 25 }), {
    recipients: 6,
    state: "cancelled",
  })
  assert.deepEqual(await changeInSlices(anOutbox(), whole), { recipients: 1, state: "sending" })
  assert.deepEqual(await changeInSlices(anOutbox({ isThere: false }), whole), { recipients: 0, state: undefined })
})

test("calls are closed, and the time to expire is set, with the first of them", async () => {
  const outbox = anOutbox({ open: [3, 5] })
  await changeInSlices(outbox, { ...whole, chunkCount: 11, closesCalls: true, expiry: { expiresAt: 99 } })
  const [first, second] = [slice(0, 10), slice(10, 1)]
  assert.deepEqual(outbox.changes, [
    { messageId: "msg_1", at: 7, updates: first, closeCalls: [3, 5], expiry: { expiresAt: 99 } },
    { messageId: "msg_1", at: 7, updates: second },
  ])
})

test("calls are closed only where that is asked for, and where there are some", async () => {
  const one = anOutbox({ open: [3] })
  await changeInSlices(one, { ...whole, closesCalls: true })
  assert.deepEqual(one.changes[0]?.closeCalls, [3])
  for (const [open, closesCalls] of [
    [[3], false],
    [[3], undefined],
    [[], true],
  ] as const) {
    const outbox = anOutbox({ open })
    await changeInSlices(outbox, { ...whole, ...(closesCalls !== undefined && { closesCalls }) })
    assert.deepEqual(outbox.changes, [{ messageId: "msg_1", at: 7, updates: slice(0, 1) }])
  }
})

test("others have their turn between the slices", async () => {
  const outbox = anOutbox()
  const seen: number[] = []
  const look = (): void => {
    seen.push(outbox.changes.length)
    if (outbox.changes.length < 3) setImmediate(look)
  }
  look()
  await changeInSlices(outbox, { ...whole, chunkCount: 25 })
  assert.deepEqual(new Set(seen), new Set([0, 1, 2, 3]))
})
