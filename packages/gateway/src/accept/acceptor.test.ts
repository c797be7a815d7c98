import assert from "node:assert/strict"
import { test } from "node:test"
import { NO_TRACING } from "../model/ports/tracing.ts"
import { StorageError } from "../model/storage-error.ts"
import { Problem } from "../problems/problem.ts"
import { Acceptor } from "./acceptor.ts"
import type { AcceptorDeps, Sender } from "./acceptor.ts"
import type { PreparedMessage } from "./prepare.ts"

/** An acceptor whose look at the apps fails with the error, and that knows an earlier request of every key. */
function failing(refusal: Error) {
  let searches = 0
  const earlier = () => {
    searches++
    return Promise.resolve({ kind: "replayed", messageId: "msg_1", state: "sent", recipientCount: 1 })
  }
  const deps = {
    apps: { names: () => Promise.reject(refusal) },
    outbox: { earlier },
    clock: { trustedReading: () => 0, trustedTime: () => 0 },
    tracing: NO_TRACING,
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it uses nothing else before it stores
  return { acceptor: new Acceptor(deps as unknown as AcceptorDeps), searches: () => searches }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the acceptor looks at no more of it
const MESSAGE = {
  idempotency: { key: "k", fingerprint: "f", lifetimeMs: 1 },
  warnings: [],
} as unknown as PreparedMessage
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the acceptor looks at no more of it
const SENDER = { client: "c" } as Sender

test("while the database does not answer, a request waits for it once, though it may be a repeat", async () => {
  const { acceptor, searches } = failing(new StorageError("storage_error"))
  await assert.rejects(acceptor.accept(MESSAGE, SENDER, 0, undefined), StorageError)
  assert.equal(searches(), 0)
})

test("a repeat that would be refused now gets its first answer", async () => {
  const { acceptor, searches } = failing(new Problem("backlog_full"))
  const { id, replayed } = await acceptor.accept(MESSAGE, SENDER, 0, undefined)
  assert.deepEqual([id, replayed, searches()], ["msg_1", true, 1])
})
