import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import type { ClaimedMessage } from "../../model/ports/outbox.ts"
import { acceptAll, claimDue, HOUR_MS, NOON, updateOf } from "../testing/build.ts"
import type { StoreUnderTest } from "../testing/contract/rule.ts"
import { openTemporary } from "../testing/open-store.ts"
import type { LocalOutbox } from "../../model/ports/stores.ts"

const accept = fc.record({
  do: fc.constant("accept" as const),
  lane: fc.constantFrom("a", "b", undefined),
  in: fc.constantFrom(0, 0, 1, 3),
})
const step = fc.oneof(
  accept,
  accept,
  accept,
  fc.record({ do: fc.constant("claim" as const), limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("release" as const), in: fc.nat(3), hold: fc.option(fc.nat(3), { nil: undefined }) }),
  fc.record({ do: fc.constant("finish" as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant("retry" as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant("wait" as const) }),
  fc.record({ do: fc.constant("crash" as const) }),
)

test("whatever happens to messages in lanes, none is stuck and none is handed out too early", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30, size: "max" }), async (steps) => {
      const run = new Run(await openTemporary())
      try {
        for (const next of steps) await run.take(next)
        await run.drain()
      } finally {
        await run.close()
      }
    }),
    { numRuns: 60 },
  )
})

// proves 29.lane: a lane that is due all at once
test("29.lane: a claim that meets a long lane ends after a part of it, and continues after other apps", async () => {
  const store = await openTemporary()
  const { outbox } = store.stores
  const ids = Array.from({ length: 350 }, (_, n) => `msg_${n}`)
  for (const id of ids) await acceptAll(outbox, [id], { orderKey: "k", sendAt: NOON + 1000 })
  await acceptAll(outbox, ["msg_other"], { sendAt: NOON + 2000 })
  let isWoken = false
  outbox.onWork((due) => void (isWoken ||= due?.app === "alerts" && due.at === NOON + 2000))
  const claims: string[][] = []
  do {
    isWoken = false
    const claimed = await claimDue(outbox, { now: NOON + 2000, limit: 2 })
    claims.push(claimed.map(({ messageId }) => messageId))
  } while (isWoken)
  await store[Symbol.asyncDispose]()
  assert.deepEqual(claims.flat(), ["msg_0", "msg_other"])
  assert.ok(claims.length > 3, `${claims.length} claims`)
})

/** Each turn passes some minutes; a lane has one message in work at a time, as long as no hold has a limit. */
class Run {
  readonly #stores: StoreUnderTest[]
  readonly #lanes = new Map<string, string | undefined>()
  readonly #finished = new Set<string>()
  #claimed: ClaimedMessage[] = []
  #minute = 0
  #holdsAreLimited = false

  constructor(store: StoreUnderTest) {
    this.#stores = [store]
  }

  async take(next: typeof step extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
    switch (next.do) {
      case "accept": {
        const id = `msg_${this.#lanes.size}`
        this.#lanes.set(id, next.lane)
        const sendAt = this.#now + next.in * MINUTE_MS
        const lane = next.lane === undefined ? {} : { orderKey: next.lane }
        return acceptAll(this.#outbox, [id], { acceptedAt: this.#now, sendAt, expiresAt: FOREVER, ...lane })
      }
      case "claim":
        return this.#claim(next.limit)
      case "release": {
        const nextAt = this.#now + next.in * MINUTE_MS
        const hold = next.hold === undefined ? {} : { holdsLaneUntil: this.#now + next.hold * MINUTE_MS }
        if (next.hold !== undefined) this.#holdsAreLimited = true
        await this.#outbox.release(this.#claimed.map((claim) => ({ ...claim, nextAt, ...hold })))
        this.#claimed = []
        return undefined
      }
      case "finish":
        return this.#change(next.which, "sent")
      case "retry":
        return this.#change(next.which, "pending")
      case "wait":
        this.#minute++
        return undefined
      case "crash":
        this.#stores.push(await (this.#stores.at(-1) ?? assert.fail()).crash())
        this.#claimed = []
        return undefined
    }
  }

  /** Every unfinished message must be handed out sooner or later. */
  async drain(): Promise<void> {
    for (let turn = 0; turn < 60 && this.#finished.size < this.#lanes.size; turn++) {
      this.#minute++
      await this.#claim(100)
      for (const { messageId } of this.#claimed) {
        await this.#outbox.update({ messageId, at: this.#now, updates: [updateOf("sent")] })
        this.#finished.add(messageId)
      }
      this.#claimed = []
    }
    const stuck = [...this.#lanes.keys()].filter((id) => !this.#finished.has(id))
    assert.deepEqual(stuck, [])
    assert.equal(await this.#outbox.unfinished(), 0)
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store[Symbol.asyncDispose]()
  }

  async #claim(limit: number): Promise<void> {
    const now = this.#now
    const claimed = await claimDue(this.#outbox, { now, limit, leaseMs: HOUR_MS * 10 })
    this.#claimed.push(...claimed)
    if (this.#holdsAreLimited) return
    const lanes = this.#claimed.flatMap(({ messageId }) => this.#lanes.get(messageId) ?? [])
    assert.equal(new Set(lanes).size, lanes.length, "two messages of a lane are at work")
  }

  async #change(which: number, state: "sent" | "pending"): Promise<void> {
    const messageId = `msg_${which}`
    const from = state === "sent" ? "pending" : "sent"
    const changed = await this.#outbox.update({
      messageId,
      at: this.#now,
      updates: [updateOf(state, { from: [from] })],
    })
    if (changed === undefined || changed.changed === 0) return
    if (state === "pending") this.#finished.delete(messageId)
    else {
      this.#finished.add(messageId)
      this.#claimed = this.#claimed.filter((claim) => claim.messageId !== messageId)
    }
  }

  get #outbox(): LocalOutbox {
    return (this.#stores.at(-1) ?? assert.fail()).stores.outbox
  }

  get #now(): number {
    return NOON + this.#minute * MINUTE_MS
  }
}

const MINUTE_MS = 60_000
const FOREVER = NOON + 1000 * HOUR_MS
