import assert from "node:assert/strict"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { aRequest, NOON } from "../testing/build.ts"
import { copyAsLeft, open, TemporaryFolder } from "../testing/open-store.ts"

const MESSAGES = 12
const SECTOR = 512

/** What a power failure may leave of bytes that were written and not synced. */
const LEFT_OF_UNSYNCED: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  nothing: () => Buffer.alloc(0),
  "the first half": (bytes) => bytes.subarray(0, bytes.length / 2),
  "every second sector": (bytes) => bytes.map((byte, at) => (Math.floor(at / SECTOR) % 2 === 0 ? 0 : byte)) as Buffer,
  "sectors of something else": (bytes) => bytes.map((byte, at) => (at % SECTOR < 24 ? byte : 0xa5)) as Buffer,
}

// proves S1: power cut at any write
test("S1: whatever a power failure leaves of unsynced bytes, each acknowledged message is there, and the start succeeds", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await using _ = stores
  const log = `${folder.file()}-wal`
  const database = readFileSync(folder.file())
  /** How long the log was when each message was acknowledged: at least that much had been synced. */
  const synced: number[] = []
  for (let n = 0; n < MESSAGES; n++) {
    await stores.outbox.accept(aRequest({ id: `msg_${n}` }))
    synced.push(statSync(log).size)
  }
  const whole = readFileSync(log)
  assert.deepEqual(readFileSync(folder.file()), database, "all of it is in the log")

  for (const [n, length] of synced.entries()) {
    for (const [what, leave] of Object.entries(LEFT_OF_UNSYNCED)) {
      using left = new TemporaryFolder()
      copyAsLeft(folder.file(), left.file())
      writeFileSync(`${left.file()}-wal`, Buffer.concat([whole.subarray(0, length), leave(whole.subarray(length))]))
      const started = await open(left.file())
      await using opened = started.stores
      const { items } = await opened.reader.messages({ apps: "all", now: NOON, limit: MESSAGES })
      const there = new Set(items.map(({ id }) => id))
      for (let kept = 0; kept <= n; kept++) assert.ok(there.has(`msg_${kept}`), `msg_${kept} of ${n}: ${what} is left`)
    }
  }
})
