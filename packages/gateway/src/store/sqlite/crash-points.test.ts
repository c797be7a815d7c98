import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"
import type { StorePoint } from "../../model/ports/point.ts"
import { aRequest, claimDue, HOUR_MS, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import { childCommand } from "../testing/run-child.ts"

/** The state that the next process must find. `phase` is that of the open call; absent: no call is open. */
const LEFT: Readonly<
  Record<StorePoint, { repeat: string; state?: string; phase?: string; due: number; events: number }>
> = {
  "accept.before_commit": { repeat: "accepted", due: 0, events: 0 },
  "accept.after_commit": { repeat: "replayed", state: "queued", due: 1, events: 1 },
  "begin.before_commit": { repeat: "replayed", state: "queued", due: 1, events: 1 },
  "begin.after_commit": { repeat: "replayed", state: "sending", phase: "crashed", due: 1, events: 1 },
  "settle.before_commit": { repeat: "replayed", state: "sending", phase: "crashed", due: 1, events: 1 },
  "settle.after_commit": { repeat: "replayed", state: "sent", due: 0, events: 2 },
  "callback.before_commit": { repeat: "replayed", state: "sent", due: 0, events: 2 },
  "callback.after_commit": { repeat: "replayed", state: "sent", due: 0, events: 3 },
}

for (const [point, left] of Object.entries(LEFT)) {
  // proves P1: before the commit of an accept
  test(`killed at ${point}: ${left.state ?? "nothing was accepted"}, and the key again is ${left.repeat}`, async () => {
    using folder = new TemporaryFolder()
    const [command, ...parameters] = childCommand("die-at-point.ts")
    const { signal, stderr } = spawnSync(command, [...parameters, folder.file(), point])
    assert.equal(signal, "SIGKILL", String(stderr))
    await using stores = (await open(folder.file())).stores
    const { outbox, reader, events } = stores
    assert.equal((await reader.message("msg_1", { apps: "all", now: NOON }))?.state, left.state)
    const [call] = await outbox.openCalls("msg_1")
    assert.deepEqual([call?.phase, call?.crashes], [left.phase, left.phase === undefined ? undefined : 1])
    assert.equal((await events.since(0, { limit: 9, apps: "all" })).length, left.events)
    assert.equal((await claimDue(outbox)).length, left.due)
    const idempotency = { client: "key_1", key: "k", fingerprint: "f", expiresAt: NOON + HOUR_MS }
    assert.equal((await outbox.accept(aRequest({ idempotency }))).kind, left.repeat)
  })
}
