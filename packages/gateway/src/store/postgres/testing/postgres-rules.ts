import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { ClaimedMessage } from "../../../model/ports/outbox.ts"
import type { LocalOutbox } from "../../../model/ports/stores.ts"
import {
  aCall,
  accepted,
  acceptAll,
  begin,
  busy,
  claimDue,
  claimOne,
  HOUR_MS,
  idsOf,
  NOON,
  openCall,
  updateOf,
  unfinishedIn,
} from "../../testing/build.ts"
import type { PostgresUnderTest } from "./open-store.ts"

/** A rule of this store, in place of rules of a store that one process uses alone. */
export interface PostgresRule {
  readonly title: string
  /** Titles of those rules. */
  readonly insteadOf: readonly string[]
  check(open: () => Promise<PostgresUnderTest>): Promise<void>
}

/** Longer than a silent job is kept. */
const LONG_SILENCE_MS = 11_000

function rule(
  title: string,
  insteadOf: readonly string[],
  body: (store: PostgresUnderTest) => Promise<void>,
): PostgresRule {
  return {
    title,
    insteadOf,
    async check(open) {
      await using store = await open()
      await body(store)
    },
  }
}

/** At the database's time. */
async function due(outbox: LocalOutbox): Promise<readonly ClaimedMessage[]> {
  return claimDue(outbox, { now: NOON })
}

export const postgresRules: readonly PostgresRule[] = [
  rule(
    "a job without heartbeats goes to another under a greater number, and who has lost it can neither begin nor give back",
    [
      "a claim ends with its lease, and a later one has a greater number",
      "who has lost a claim cannot release the message of the next",
      "who has lost the claim may not begin",
    ],
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1"])
      const [first] = await due(outbox)
      await store.clock.pass(LONG_SILENCE_MS)
      await store.supervise()
      const [second] = await due(outbox)
      assert.ok(first !== undefined && second !== undefined, "it was not handed out again")
      assert.ok(second.claim > first.claim)
      assert.deepEqual(await outbox.renew([first, second], 0), [false, true])
      assert.deepEqual(await outbox.begin([{ ...first, number: 1, startedAt: NOON, frozen: aCall() }]), [])
      await outbox.release([{ ...first, nextAt: NOON }])
      assert.deepEqual(await due(outbox), [])
      assert.equal((await begin(outbox, second)).attempt, 1)
    },
  ),

  rule(
    "a job of which its node says that it is at work stays its node's, however long that takes",
    ["a renewed claim lasts longer", "a claim past its lease may not begin, claimed by another or not"],
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1"])
      const held = await claimOne(outbox)
      await store.clock.pass(LONG_SILENCE_MS)
      assert.deepEqual(await outbox.renew([held], 0), [true])
      await store.supervise()
      assert.deepEqual(await due(outbox), [])
      assert.equal((await begin(outbox, held, { at: NOON + 99 * HOUR_MS })).attempt, 1)
    },
  ),

  rule(
    "a store whose server does not wait for its disk tells so, and is in health otherwise",
    ["a store that keeps what it is given is in health"],
    async ({ stores: { outbox, upkeep } }) => {
      await acceptAll(outbox, ["msg_1"])
      const { trouble, synchronous } = upkeep.health()
      assert.deepEqual([trouble, synchronous], [undefined, "off"])
      for (let looks = 0; looks < 6000 && upkeep.health().databaseBytes === 0; looks++) await sleep(10)
      const { databaseBytes, deadRows, oldestSnapshotSeconds } = upkeep.health()
      assert.ok(databaseBytes > 0)
      assert.deepEqual([typeof deadRows, typeof oldestSnapshotSeconds], ["number", "number"])
    },
  ),

  rule(
    "it reports how many are unfinished, whichever node works on them",
    ["it tells what waits, and from when on"],
    async (store) => {
      const { outbox, reader } = store.stores
      assert.equal(await unfinishedIn(reader), 0)
      await acceptAll(outbox, ["msg_1"])
      await acceptAll(outbox, ["msg_2"], { sendAt: NOON + 1000 })
      await due(outbox)
      assert.equal(await unfinishedIn(reader), 2)
      await outbox.update({ messageId: "msg_2", at: NOON, updates: [updateOf("cancelled")] })
      await using after = await store.crash()
      assert.equal(await unfinishedIn(after.stores.reader), 1)
    },
  ),

  rule(
    "whatever is due is handed out without anybody asking: accepted, come of age, given back, called, or next in its lane",
    [
      "a listener for work hears of it, until it stops listening",
      "a listener for work hears of what is scheduled, at once or with its time",
      "a listener for work hears whose messages are called",
      "a settle that frees a lane says so",
    ],
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
      await acceptAll(outbox, ["msg_3"], { app: "hr" })
      const [first] = await due(outbox)
      const [called] = await claimDue(outbox, { app: "hr" })
      assert.ok(first !== undefined && called !== undefined)
      await outbox.release([{ ...called, nextAt: NOON + HOUR_MS }])
      const started = await begin(outbox, first)
      store.handOutAlways()
      await outbox.settle([accepted(started)])
      assert.deepEqual(await store.handed(1), ["msg_2"])
      await acceptAll(outbox, ["msg_4"])
      assert.deepEqual(await store.handed(2), ["msg_2", "msg_4"])
      await acceptAll(outbox, ["msg_5"], { sendAt: NOON + 5000 })
      await store.clock.pass(5000)
      assert.deepEqual(await store.handed(3), ["msg_2", "msg_4", "msg_5"])
      // A turn that was not asked for is given back before, and comes again.
      await outbox.makeDue(["msg_3"], NOON + 1)
      assert.deepEqual((await store.handed(4)).toSorted(), ["msg_2", "msg_3", "msg_4", "msg_5"])
    },
  ),

  rule(
    "when the clock of a node is set, nothing that is stored moves",
    [
      "when the clock was set, an open call is as old as it was, and waits as long as it would have",
      "when the clock was set, what a call waits for moves along",
      "29.badday: the times of a call count by the clock they were read by, before the store follows it and after",
      "a change of the clock that is reported again moves nothing again",
      "a turn back of the clock that is cut off anywhere is through after the next start, and counts once",
    ],
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1"])
      const started = await begin(outbox, await claimOne(outbox))
      await outbox.settle([busy(started, { result: "in_doubt", retryAt: NOON + 2000 })])
      const jump = { id: "jump_1", by: 24 * HOUR_MS, at: NOON + 24 * HOUR_MS }
      for (let tellings = 0; tellings < 2; tellings++) await outbox.clockJumped(jump)
      const { firstTryAt, retryAt } = await openCall(outbox)
      assert.deepEqual([firstTryAt, retryAt], [NOON, NOON + 2000])
      const delay = { untilMs: NOON + 60_000, reason: "member_rate" } as const
      await outbox.delayCall(started, 1, delay)
      assert.deepEqual((await openCall(outbox)).delay, delay)
    },
  ),

  rule(
    "when the clock of a node is set, what waits is due at the database's time, in the order of its lane",
    [
      "when the clock was set back, what waits is due, and what is scheduled is not",
      "when the clock was set back, a lane keeps its order",
      "29.badday: what is accepted while the store follows a clock that was set back stays behind those before it in its lane",
      "what was read by the clock before it was set back, and is stored after that, is due and has its place in its lane",
    ],
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1"])
      await acceptAll(outbox, ["msg_2", "msg_3"], { orderKey: "k" })
      const [first] = await claimDue(outbox, { limit: 1 })
      await outbox.release([{ ...(first ?? assert.fail()), nextAt: NOON + 60_000 }])
      await outbox.clockJumped({ id: "jump_1", by: -2 * HOUR_MS, at: NOON - 2 * HOUR_MS })
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 59_999 })), ["msg_2"])
      // By a reading of before.
      await acceptAll(outbox, ["msg_4"], { acceptedAt: NOON + 2 * HOUR_MS })
      await acceptAll(outbox, ["msg_5"], { orderKey: "l", acceptedAt: NOON + 2 * HOUR_MS })
      await acceptAll(outbox, ["msg_6"], { orderKey: "l", acceptedAt: NOON + 60_000 })
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 60_000 })).toSorted(), ["msg_1", "msg_4", "msg_5"])
    },
  ),

  rule(
    "of nodes whose readings of the clock differ, the messages of a lane keep the order in which they were accepted",
    [],
    async ({ stores: { outbox } }) => {
      await acceptAll(outbox, ["msg_1"], { orderKey: "k", acceptedAt: NOON + 5 })
      await acceptAll(outbox, ["msg_2"], { orderKey: "k", acceptedAt: NOON })
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 5 })), ["msg_1"])
    },
  ),
]
