import assert from "node:assert/strict"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { test } from "node:test"
import { aRequest, chunksOf, unfinishedIn } from "../testing/build.ts"
import { newDatabase } from "./testing/cluster.ts"
import { commitCutterBefore } from "./testing/commit-cutter.ts"
import { openNode } from "./testing/open-store.ts"

/** More recipients than one chunk of these tests holds. */
const MANY = Array.from({ length: 7 }, (_, n) => `m${n}`)

// proves D4: a COMMIT whose reply is lost
test("a message to many whose acceptance was committed, and not answered, keeps all its recipients", async () => {
  await using database = await newDatabase()
  let isCutting = false
  await using way = await commitCutterBefore(database.url, { cuts: () => isCutting, onCut: () => (isCutting = false) })
  await using stores = (await openNode(way.url)).stores
  const listen = (message: unknown): void => {
    isCutting ||= (message as { point: string }).point === "accept.before_commit"
  }
  subscribe("wecom-push:point", listen)
  try {
    await assert.rejects(stores.outbox.accept(aRequest({ id: "msg_1", to: MANY, chunks: chunksOf(MANY) })), {
      code: "storage_error",
    })
  } finally {
    unsubscribe("wecom-push:point", listen)
  }
  assert.equal(isCutting, false)
  assert.equal(await unfinishedIn(stores.reader), 1)
  const chunks = await stores.outbox.chunks({ messageId: "msg_1", from: 0, count: 10, pendingOnly: false })
  assert.deepEqual(
    chunks.flatMap(({ addresses }) => addresses),
    MANY,
  )
})
