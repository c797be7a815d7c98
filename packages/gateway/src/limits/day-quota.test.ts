import assert from "node:assert/strict"
import { test } from "node:test"
import { agentParty } from "../model/party.ts"
import { StorageError } from "../model/storage-error.ts"
import type { PersonTimes, PersonTimesWish } from "../model/ports/person-times.ts"
import { DayQuota } from "./day-quota.ts"
import { aTarget } from "../model/testing/a-target.ts"

/** Noon in Beijing. */
const NOON = Date.UTC(2026, 10, 25, 4)
const MIDNIGHT = Date.UTC(2026, 10, 25, 16)
const DAY_MS = 86_400_000
/** Two accounts of two hundred person-times each. */
const CAP = 2
const QUOTA = 400

function quota() {
  const used = new Map<string, number>()
  const wishes: PersonTimesWish[] = []
  const logged: string[] = []
  const state = { now: NOON, trouble: undefined as Error | undefined }
  const personTimes: PersonTimes = {
    take(wish) {
      wishes.push(wish)
      const before = used.get(wish.day) ?? 0
      const granted = Math.min(wish.wanted, Math.max(0, wish.limit - before))
      used.set(wish.day, before + granted)
      const news = granted < wish.wanted ? "spent" : before + granted >= wish.lowFrom ? "low" : undefined
      return Promise.resolve({ granted, news })
    },
    giveBack(_app, day, count) {
      if (state.trouble !== undefined) return Promise.reject(state.trouble)
      used.set(day, (used.get(day) ?? 0) - count)
      return Promise.resolve()
    },
    taken: (_app, day) => Promise.resolve(used.get(day) ?? 0),
  }
  const note = (level: string) => () => void logged.push(level)
  const deps = {
    clock: { now: () => state.now, sleep: () => Promise.resolve() },
    personTimes,
    log: { info: note("info"), warn: note("warn"), error: note("error") },
  }
  return {
    of: new DayQuota(deps, agentParty({ corpId: "ww1", agentId: 1000002 }), CAP),
    state,
    wishes,
    logged,
    usedOf: (day: string) => used.get(day) ?? 0,
  }
}

const members = (count: number) => Array.from({ length: count }, (_, n) => aTarget(`m${n}`, n))
const EVERYBODY = { ...aTarget("@all", 0), kind: "all" as const, key: " all @all" }

test("two hundred for each account are the quota of a day; others than high priority leave a twentieth of it", async () => {
  const { of, wishes } = quota()
  assert.equal(await of.take(members(3), "normal"), 3)
  assert.equal(await of.take(members(3), "high"), 3)
  assert.deepEqual(
    wishes.map(({ day, wanted, limit, lowFrom }) => [day, wanted, limit, lowFrom]),
    [
      ["2026-11-25", 3, 380, 320],
      ["2026-11-25", 3, QUOTA, 320],
    ],
  )
})

test("no members take no quota, and the store is not asked", async () => {
  const { of, wishes } = quota()
  assert.equal(await of.take([], "normal"), 0)
  await of.giveBack([], NOON)
  assert.deepEqual(wishes, [])
})

test("the first members go as far as the quota has room; the others wait for midnight in Beijing", async () => {
  const { of, wishes, logged, usedOf } = quota()
  assert.equal(of.spentUntil("normal"), undefined)
  assert.equal(await of.take(members(381), "normal"), 380)
  assert.deepEqual([usedOf("2026-11-25"), logged], [380, ["error"]])
  assert.deepEqual(
    [of.spentUntil("normal"), of.spentUntil("bulk"), of.spentUntil("high")],
    [MIDNIGHT, MIDNIGHT, undefined],
  )
  assert.equal(await of.take(members(1), "bulk"), 0)
  assert.equal(wishes.length, 1, "it is known that there is nothing left")
  assert.equal(await of.take(members(21), "high"), 20)
  assert.equal(of.spentUntil("high"), MIDNIGHT)
})

test("the next day has a quota of its own", async () => {
  const { of, state } = quota()
  await of.take(members(401), "high")
  state.now = MIDNIGHT - 1
  assert.equal(of.spentUntil("high"), MIDNIGHT)
  state.now = MIDNIGHT
  assert.equal(of.spentUntil("high"), undefined)
  assert.equal(await of.take(members(2), "normal"), 2)
})

test("@all counts as the corp's accounts; without room for it the quota goes to smaller targets", async () => {
  const { of, usedOf } = quota()
  await of.take(members(379), "normal")
  assert.equal(await of.take([EVERYBODY, ...members(1)], "normal"), 0)
  assert.equal(usedOf("2026-11-25"), 379, "the one that was too little is given back")
  assert.equal(of.spentUntil("normal"), undefined)
  assert.equal(await of.take(members(1), "normal"), 1)
  const other = quota()
  await other.of.take(members(378), "normal")
  assert.equal(await other.of.take([...members(1), EVERYBODY], "normal"), 1)
  assert.equal(other.usedOf("2026-11-25"), 379)
})

test("person-times of unsent members go back to their day, which may then have room again", async () => {
  const { of, state, usedOf } = quota()
  await of.take(members(381), "normal")
  await of.giveBack([EVERYBODY, ...members(3)], NOON)
  assert.equal(usedOf("2026-11-25"), 375)
  assert.equal(of.spentUntil("normal"), undefined)
  state.now = NOON + DAY_MS
  await of.giveBack(members(3), NOON)
  assert.equal(usedOf("2026-11-25"), 375, "the day is over")
})

test("person-times that cannot be given back count as used, and a programming error is thrown", async () => {
  const { of, state, logged } = quota()
  await of.take(members(1), "normal")
  state.trouble = new StorageError("storage_full")
  await of.giveBack(members(1), NOON)
  assert.deepEqual(logged, ["warn"])
  state.trouble = new TypeError("a mistake")
  await assert.rejects(of.giveBack(members(1), NOON), state.trouble)
})

test("members of a call that is repeated on another day count for that day, whatever is left of it; on the same day not again", async () => {
  const { of, state, wishes, usedOf } = quota()
  await of.take(members(380), "normal")
  await of.carryOver(members(5), NOON - 1000)
  assert.equal(wishes.length, 1)
  state.now = NOON + DAY_MS
  await of.carryOver(members(5), NOON)
  assert.equal(usedOf("2026-11-26"), 5)
  assert.equal(wishes.at(-1)?.limit, Infinity)
})
