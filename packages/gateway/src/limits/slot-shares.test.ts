import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import type { SlotAsk, SlotGrant } from "../ports/shared-counts.ts"
import { SlotShares } from "./slot-shares.ts"

/** One user of up to ten slots, and what others leave of them. */
function world() {
  const asks: SlotAsk[] = []
  const state = { nowMs: 0, busy: 0, demand: 0, answer: (ask: SlotAsk): SlotGrant => whatIsAsked(ask) }
  const stopping = new AbortController()
  const shares = new SlotShares({
    slots: {
      exchange(all) {
        asks.push(...all)
        return Promise.resolve(all.map((ask) => state.answer(ask)))
      },
      look: () => Promise.resolve({ short: new Set() }),
    },
    watch: { look: () => Promise.resolve() },
    log: { info: nothing, warn: nothing, error: nothing },
    stopping: stopping.signal,
    now: () => state.nowMs,
  })
  const share = shares.join({
    pool: "calls",
    limit: 10,
    get busy() {
      return state.busy
    },
    get demand() {
      return state.demand
    },
    shareChanged: nothing,
  })
  const want = async (demand: number): Promise<void> => {
    state.demand = demand
    share.demandChanged()
    await sleep(20)
  }
  /** Whatever is due by then has been done. */
  const pass = async (ms: number): Promise<void> => {
    state.nowMs += ms
    await sleep(600)
  }
  return { share, asks, state, want, pass, [Symbol.dispose]: () => stopping.abort() }
}

function whatIsAsked({ keep, need }: SlotAsk): SlotGrant {
  return { held: Math.max(keep, need), share: need, othersAreShort: false }
}

function nothing(): void {}

test("slots are taken when there is use for them, and none without", async () => {
  using opened = world()
  const { share, asks, want } = opened
  await want(0)
  assert.deepEqual([asks.length, share.usable], [0, 0])
  await want(3)
  assert.deepEqual(asks, [{ pool: "calls", limit: 10, keep: 0, need: 3 }])
  assert.equal(share.usable, 3)
  await want(2)
  assert.equal(asks.length, 1)
})

test("a node that stood still uses nothing of what it held, until it has asked again", async () => {
  using opened = world()
  const { share, asks, state, want } = opened
  await want(3)
  state.nowMs += 9999
  assert.equal(share.usable, 3)
  state.nowMs += 1
  assert.equal(share.usable, 0)
  state.answer = () => ({ held: 1, share: 1, othersAreShort: true })
  await want(3)
  assert.equal(asks.at(-1)?.keep, 3)
  assert.equal(share.usable, 1)
})

test("while others are short no more begin here than are its share, and what ends is given back", async () => {
  using opened = world()
  const { share, asks, state, want, pass } = opened
  await want(6)
  state.busy = 6
  state.answer = ({ keep }) => ({ held: keep, share: 2, othersAreShort: true })
  await pass(3000)
  assert.equal(share.usable, 2)
  await want(8)
  state.busy = 3
  await want(5)
  await pass(100)
  assert.equal(asks.at(-1)?.keep, 3)
  state.busy = 1
  await want(3)
  await pass(100)
  assert.equal(asks.at(-1)?.keep, 2)
})

test("a second after the last call everything is given back, and then nothing is asked any more", async () => {
  using opened = world()
  const { share, asks, want, pass } = opened
  await want(3)
  await want(0)
  await pass(999)
  assert.equal(asks.length, 1)
  await pass(1)
  assert.deepEqual(asks[1], { pool: "calls", limit: 10, keep: 0, need: 0 })
  assert.deepEqual([share.held, share.usable], [0, 0])
  await pass(60_000)
  assert.equal(asks.length, 2)
})
