import assert from "node:assert/strict"
import { test } from "node:test"
import { accepted, acceptAll, begin, claimDue, aCall } from "../../store/testing/build.ts"
import type { Page, RecentSend } from "../../model/ports/reader.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"
import type { LocalStores } from "../../model/ports/stores.ts"

const MINUTE = 60_000

/** Sent by an earlier process, one call each. */
async function sentBefore(gateway: DispatchUnderTest, count: number, at: number, userid: (n: number) => string) {
  const { outbox } = gateway.stores
  const ids = Array.from({ length: count }, (_, n) => `msg_${at}_${n}`)
  const times = { acceptedAt: at, sendAt: at, expiresAt: at + 24 * 60 * MINUTE }
  await Promise.all(ids.map((id) => acceptAll(outbox, [id], times)))
  for (let from = 0; from < count; from += 500) {
    const claimed = await claimDue(outbox, { now: at, limit: 500 })
    const calls = claimed.map(async (held, index) => {
      const call = aCall({ body: JSON.stringify({ touser: userid(from + index) }) })
      const started = await begin(outbox, held, { at, call })
      await outbox.settle([accepted(started, { finishedAt: at + 100 })])
    })
    await Promise.all(calls)
  }
}

/** A reader that stops after some pages until the test lets it continue, and counts the rows it has returned. */
class PausedReader {
  rows = 0
  readonly #go = Promise.withResolvers<void>()
  readonly #pages: number

  constructor(pages: number) {
    this.#pages = pages
  }

  readonly wrap = (stores: LocalStores): LocalStores => {
    let pages = 0
    const sends: LocalStores["reader"]["sends"] = async (query): Promise<Page<RecentSend>> => {
      if (++pages > this.#pages) await this.#go.promise
      const page = await stores.reader.sends(query)
      this.rows += page.items.length
      return page
    }
    return { ...stores, reader: { ...stores.reader, sends } }
  }

  goOn(): void {
    this.#go.resolve()
  }
}

// proves 12.R8: a million messages in the last hour
test("12.R8: before the first send after a restart the last minute is read, and not the whole hour", async () => {
  await using gateway = await startDispatch({ idle: true })
  const now = gateway.clock.now()
  await sentBefore(gateway, 6000, now - 30 * MINUTE, (n) => `member-${n}`)
  await sentBefore(gateway, 30, now - 20_000, () => "zhangsan")
  const party = await gateway.stores.apps.get("alerts")
  assert.ok(party !== undefined)
  await gateway.stores.busyMembers.note({ party, member: "wangwu", count: 1000, at: now - 30 * MINUTE })
  const reader = new PausedReader(12)
  await gateway.crash({ wrap: reader.wrap })
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["lisi"] })), ["sent"])
  assert.ok(reader.rows < 3000, `${reader.rows} sends were read`)
  const full = await gateway.post({ users: ["zhangsan"] })
  const busy = await gateway.post({ users: ["WangWu"] })
  await gateway.until(async () => (await gateway.recipients(full))[0]?.delayedUntil !== undefined)
  await gateway.advance(2)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.deepEqual(await gateway.states(busy), ["pending"])
  reader.goOn()
  await gateway.until(() => reader.rows === 6030, "the whole hour")
  await gateway.advance(5)
  assert.deepEqual(await gateway.outcome(busy), ["sent"])
  assert.equal((await gateway.calls()).length, 2)
  await gateway.advance(61)
  assert.deepEqual(await gateway.outcome(full), ["sent"])
})
