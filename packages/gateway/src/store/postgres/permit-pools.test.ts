import assert from "node:assert/strict"
import { test } from "node:test"
import { STILL_AT_MS } from "../../limits/testing/governor-rules.ts"
import type { SharedPermits } from "../../model/ports/shared-counts.ts"
import { openNode } from "./testing/open-store.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"
import { SetClock } from "./testing/set-clock.ts"

const ROUND_MS = 100

/** A node with calls that end before it asks again: it soon gives back what it may no longer use. */
class Asker {
  usable = 0
  readonly #slots: SharedPermits
  readonly #limit: number
  #held = 0

  constructor(slots: SharedPermits, limit: number) {
    this.#slots = slots
    this.#limit = limit
  }

  async ask(): Promise<void> {
    await this.#ask()
    if (this.usable < this.#held) await this.#ask()
  }

  async #ask(): Promise<void> {
    const keep = Math.min(this.#held, this.usable)
    const [grant] = await this.#slots.exchange([{ pool: "calls", limit: this.#limit, keep, need: this.#limit }])
    assert.ok(grant !== undefined)
    this.#held = grant.held
    this.usable = grant.othersAreShort ? Math.min(grant.held, grant.share) : grant.held
  }
}

for (const { nodes, limit } of [
  { nodes: 2, limit: 3 },
  { nodes: 3, limit: 4 },
  { nodes: 3, limit: 5 },
  { nodes: 3, limit: 2 },
]) {
  // proves N10: limits over dead and frozen nodes
  test(`N10: ${limit} slots of ${nodes} nodes that all want more: none lies idle for long, and each node has in turn what cannot be divided`, async () => {
    await using resources = new AsyncDisposableStack()
    const { url } = resources.use(await newMigratedDatabase())
    const clock = await SetClock.stop(url, STILL_AT_MS)
    const askers: Asker[] = []
    for (let n = 0; n < nodes; n++) {
      const { stores, counts } = await openNode(url)
      resources.use(stores)
      askers.push(new Asker(counts.slots, limit))
    }
    const each = Math.floor(limit / nodes)
    const hadMore = askers.map(() => 0)
    let inUse = 0
    const rounds = 60
    for (let round = 0; round < rounds; round++) {
      await clock.set(STILL_AT_MS + round * ROUND_MS)
      for (const asker of askers) await asker.ask()
      for (const [n, { usable }] of askers.entries()) if (usable > each) hadMore[n] = (hadMore[n] ?? 0) + 1
      inUse += askers.reduce((sum, { usable }) => sum + usable, 0)
    }
    const most = rounds * limit
    assert.ok(inUse <= most)
    assert.ok(inUse > most * 0.85, `${inUse} of ${most}`)
    const turns = (rounds * (limit - each * nodes)) / nodes
    for (const had of hadMore) assert.ok(had > turns / 2, `${hadMore.join()}, and each should have ${turns}`)
  })
}
