import assert from "node:assert/strict"
import { test } from "node:test"
import type { MessageState } from "@wecom-push/protocol/delivery"
import type { Accepted } from "../../accept/acceptor.ts"
import type { StoredEvent } from "../../ports/events.ts"
import { OpenMessages } from "./open-messages.ts"

test("an equal message joins the first while it is open, be it not even accepted yet", async () => {
  const { open, accept, count } = setUp()
  const [first, second] = await Promise.all([open.join("a", 0, accept), open.join("a", 0, accept)])
  const third = await open.join("a", 59_999, accept)
  assert.deepEqual([first.id, second.id, third.id], ["msg_1", "msg_1", "msg_1"])
  assert.equal(count(), 1)
})

test("an unequal message joins nothing", async () => {
  const { open, accept, count } = setUp()
  await open.join("a", 0, accept)
  await open.join("b", 0, accept)
  assert.equal(count(), 2)
})

test("after 60 s an equal message is another one, settled or not", async () => {
  const { open, accept } = setUp()
  await open.join("a", 0, accept)
  assert.equal((await open.join("a", 60_000, accept)).id, "msg_2")
})

test("once the first is settled an equal message is another one", async () => {
  const { open, accept, finish } = setUp()
  await open.join("a", 0, accept)
  finish("msg_1")
  assert.equal((await open.join("a", 1, accept)).id, "msg_2")
})

test("a message that was settled as it was accepted is not open", async () => {
  const { open, accept, settleAtOnce } = setUp()
  settleAtOnce()
  await open.join("a", 0, accept)
  assert.equal((await open.join("a", 1, accept)).id, "msg_2")
})

test("the end of an old message does not close the newer one of its name", async () => {
  const { open, accept, finish } = setUp()
  await open.join("a", 0, accept)
  await open.join("a", 60_000, accept)
  finish("msg_1")
  assert.equal((await open.join("a", 60_001, accept)).id, "msg_2")
})

test("what could not be accepted is told to all who joined, and the next one tries anew", async () => {
  const { open, accept } = setUp()
  const full = new Error("full")
  const refuse = (): Promise<Accepted> => Promise.reject(full)
  const [first, second] = await Promise.allSettled([open.join("a", 0, refuse), open.join("a", 0, refuse)])
  const refused = { status: "rejected", reason: full }
  assert.deepEqual([first, second], [refused, refused])
  assert.equal((await open.join("a", 1, accept)).id, "msg_1")
})

test("when it is disposed it listens no longer", () => {
  const { open, listeners } = setUp()
  assert.equal(listeners.size, 1)
  open[Symbol.dispose]()
  assert.equal(listeners.size, 0)
})

function setUp() {
  const listeners = new Set<(event: StoredEvent) => void>()
  const open = new OpenMessages({
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  let accepted = 0
  let state: MessageState = "queued"
  return {
    open,
    listeners,
    count: () => accepted,
    settleAtOnce: () => {
      state = "failed"
    },
    accept: async (): Promise<Accepted> => {
      const id = `msg_${++accepted}`
      await Promise.resolve()
      return { id, state, recipientCount: 1, warnings: [], replayed: false }
    },
    finish: (messageId: string) => {
      for (const tell of listeners) tell({ id: 1, at: 0, type: "message.finished", app: "alerts", messageId, data: {} })
    },
  }
}
