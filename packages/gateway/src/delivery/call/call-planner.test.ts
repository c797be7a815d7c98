import assert from "node:assert/strict"
import { test } from "node:test"
import type { RecipientChunk, RecipientType } from "../../model/recipients.ts"
import { aChunk, NOON } from "../../store/testing/build.ts"
import { CallPlanner, FIRST_PART, isGroupType, readNextParts } from "./call-planner.ts"
import type { Draft, NextPart } from "./call-planner.ts"
import type { LookupResult } from "../../people/people.ts"
import { aCallView, found, OneMessage } from "../testing/one-message.ts"
import type { CallTarget } from "../../model/target.ts"
import { aTarget } from "../../model/testing/a-target.ts"
import { Carried } from "./carried.ts"
import type { OneMessageOptions } from "../testing/one-message.ts"

/** A chunk of recipients given as `type:address`. */
function chunkOf(recipients: readonly string[], changes: Partial<RecipientChunk> = {}): RecipientChunk {
  const split = recipients.map((recipient) => recipient.split(":"))
  const types = split.map(([type]) => type as RecipientType)
  return aChunk(
    split.map(([, address = ""]) => address),
    { types, ...changes },
  )
}

interface PlanOptions extends OneMessageOptions {
  readonly nextPart?: NextPart
  /** The targets of open calls. */
  readonly carried?: readonly CallTarget[]
}

function planFor(
  chunks: readonly RecipientChunk[],
  { nextPart = FIRST_PART, carried: targets = [], ...options }: PlanOptions = {},
) {
  const one = new OneMessage({ chunks, ...options })
  const carried = new Carried(chunks.length)
  carried.add(targets)
  const planner = new CallPlanner(one.run, carried, nextPart)
  return { one, planner, chunks: one.outbox.chunksNow }
}

type Taken = [part: number, draft: Draft] | undefined

/** As in `0: user a, user b@1+2`: the targets, each with its positions if several recipients mean the same person. */
function shown(taken: Taken): string | undefined {
  if (taken === undefined) return undefined
  const [part, { targets }] = taken
  const each = targets.map(({ kind, id, positions }) => {
    return `${kind} ${id}${positions.length > 1 ? `@${positions.join("+")}` : ""}`
  })
  return `${part}: ${each.join(", ")}`
}

/** All calls as they are. */
function callsOf(planner: CallPlanner): (string | undefined)[] {
  const calls: (string | undefined)[] = []
  for (let next = planner.takeNext(); next !== undefined; next = planner.takeNext()) calls.push(shown(next))
  return calls
}

const people = (count: number): string[] => Array.from({ length: count }, (_, n) => `user:m${n}`)

test("members, departments and tags of a chunk travel together, each with room that is reserved for it", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["user:a", "department:3", "tag:4", "user:B"])])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.equal(planner.takeFull(), undefined)
  assert.deepEqual(callsOf(planner), ["0: user a, department 3, tag 4, user B"])
  assert.deepEqual(
    one.governor.reservations.map(({ priority, added }) => [priority, added]),
    [["normal", ["a", " department 3", " tag 4", "b"]]],
  )
  assert.deepEqual([planner.chunksToLookUp(), planner.duplicates, one.outbox.updates], [[], [], []])
})

test("everybody is a call of its own", async () => {
  const { planner, chunks } = planFor([chunkOf(["all:@all"])])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), ["0: all @all"])
})

test("groups can be taken alone, and members", async () => {
  for (const [which, call] of [
    ["groups", "0: department 3, tag 4"],
    ["members", "0: user a, user b"],
  ] as const) {
    const { planner, chunks } = planFor([chunkOf(["user:a", "department:3", "tag:4", "user:b"])])
    await planner.take(chunks[0] ?? assert.fail(), which)
    assert.deepEqual(callsOf(planner), [call])
  }
})

test("departments and tags are groups, and nothing else is", () => {
  const types = ["department", "tag", "user", "mobile", "email", "all", undefined] as const
  assert.deepEqual(types.map(isGroupType), [true, true, false, false, false, false, false])
})

test("a call of a thousand is full, and the next goes into another", async () => {
  const { one, planner, chunks } = planFor([chunkOf(people(1001))])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  const [part, draft] = planner.takeFull() ?? assert.fail()
  assert.deepEqual([part, draft.targets.length, draft.targets[999]?.id], [0, 1000, "m999"])
  assert.equal(planner.takeFull(), undefined)
  assert.deepEqual(callsOf(planner), ["0: user m1000"])
  assert.equal(one.governor.reservations.length, 2)
})

test("what was not taken is given back", async () => {
  const { one, planner, chunks } = planFor([chunkOf(people(1001))])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.equal(one.governor.held, 2)
  await planner[Symbol.asyncDispose]()
  assert.equal(one.governor.held, 0)
})

test("a recipient that is no longer pending gets nothing", async () => {
  const states = ["sent", "pending", "cancelled", "invalid"] as const
  const { planner, chunks } = planFor([chunkOf(["user:a", "user:b", "user:c", "user:d"], { states: [...states] })])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), ["0: user b"])
})

test("a member named twice is in the call once, for both", async () => {
  const { planner, chunks } = planFor([chunkOf(["user:Bob", "user:a", "user:bob", "user:BOB"])])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), ["0: user Bob@0+2+3, user a"])
  assert.deepEqual(planner.duplicates, [])
})

for (const state of ["sent", "suppressed", "in_doubt", "recalled"] as const) {
  test(`a member with a copy gets no second one: ${state}`, async () => {
    const { planner, chunks } = planFor([
      chunkOf(["user:bob", "user:BOB", "user:a"], { states: [state, "pending", "pending"] }),
    ])
    await planner.take(chunks[0] ?? assert.fail(), "all")
    assert.deepEqual(callsOf(planner), ["0: user a"])
    assert.deepEqual(planner.duplicates, [{ of: 0, position: 1 }])
  })
}

for (const state of ["failed", "invalid", "cancelled", "expired", "not_found", "unlicensed"] as const) {
  test(`a recipient named again gets a copy when the first did not: ${state}`, async () => {
    const { planner, chunks } = planFor([chunkOf(["user:bob", "user:BOB"], { states: [state, "pending"] })])
    await planner.take(chunks[0] ?? assert.fail(), "all")
    assert.deepEqual([callsOf(planner), planner.duplicates], [["0: user BOB"], []])
  })
}

test("where several have a copy the others get the outcome of the first", async () => {
  const states = ["sent", "in_doubt", "pending"] as const
  const { planner, chunks } = planFor([chunkOf(["user:bob", "user:BOB", "user:Bob"], { states: [...states] })])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(planner.duplicates, [{ of: 0, position: 2 }])
})

test("so it is when groups are taken before the members of an earlier chunk", async () => {
  const [first, second] = [
    chunkOf(["user:bob"], { states: ["sent"] }),
    chunkOf(["user:BOB", "user:Bob", "department:3"], { index: 1, states: ["in_doubt", "pending", "pending"] }),
  ]
  const { planner } = planFor([first, second])
  await planner.take(second, "groups")
  await planner.take(first, "all")
  await planner.take(second, "members")
  assert.deepEqual(planner.duplicates, [{ of: 0, position: 1001 }])
})

test("a number that was found has a copy by its userid, and one that no member has has none", async () => {
  const chunk = chunkOf(["mobile:1", "mobile:2", "user:bob"], {
    states: ["sent", "sent", "pending"],
    userids: ["bob", null, null],
  })
  const { planner, chunks } = planFor([chunk])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual([callsOf(planner), planner.duplicates], [[], [{ of: 0, position: 2 }]])
})

test("those of the other kind are not remembered when a chunk is taken for one alone", async () => {
  const chunk = chunkOf(["department:3", "department:3"], { states: ["sent", "pending"] })
  const { planner, chunks } = planFor([chunk])
  await planner.take(chunks[0] ?? assert.fail(), "members")
  assert.deepEqual([callsOf(planner), planner.duplicates], [[], []])
  await planner.take(chunks[0] ?? assert.fail(), "groups")
  assert.deepEqual([callsOf(planner), planner.duplicates], [[], [{ of: 0, position: 1 }]])
})

for (const isLarge of [false, true]) {
  test(`a member that was taken gets no second copy by a later ${isLarge ? "chunk" : "look"}`, async () => {
    const chunk = chunkOf(["user:bob", "user:a", "user:Bob"])
    const [first, second] = [chunkOf(["user:bob", "user:a"]), chunkOf(["user:c", "user:Bob"], { index: 1 })]
    const { planner, chunks } = planFor(isLarge ? [first, second] : [chunk])
    await planner.take(chunks[0] ?? assert.fail(), "all")
    const [, draft] = planner.takeNext() ?? assert.fail()
    assert.equal(draft.targets.length, 2)
    await planner.take(isLarge ? (chunks[1] ?? assert.fail()) : chunkOf(["user:x", "user:BOB"], { index: 1 }), "all")
    assert.deepEqual(callsOf(planner), [isLarge ? "0: user c" : "0: user x"])
    assert.deepEqual(planner.duplicates, [{ of: 0, position: 1001 }])
  })
}

test("a member in a call that has not left is named in it for another chunk too", async () => {
  const { planner, chunks } = planFor([chunkOf(["user:bob", "user:a"]), chunkOf(["user:Bob", "user:c"], { index: 1 })])
  for (const chunk of chunks) await planner.take(chunk, "all")
  assert.deepEqual(callsOf(planner), ["0: user bob@0+1000, user a, user c"])
  assert.deepEqual(planner.duplicates, [])
})

test("when one of two calls has left, those of the other can be named for others still", async () => {
  const { planner, chunks } = planFor([chunkOf(people(1001)), chunkOf(["user:m1000", "user:m5"], { index: 1 })])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.ok(planner.takeFull() !== undefined)
  await planner.take(chunks[1] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), ["0: user m1000@1000+1000"])
  assert.deepEqual(planner.duplicates, [{ of: 5, position: 1001 }])
})

test("after the only call has left no recipient can be added to it", async () => {
  const { planner, chunks } = planFor([chunkOf(["user:a", "user:b"]), chunkOf(["user:a"], { index: 1 })])
  await planner.take(chunks[0] ?? assert.fail(), "all")
  const [, draft] = planner.takeNext() ?? assert.fail()
  await planner.take(chunks[1] ?? assert.fail(), "all")
  assert.deepEqual(
    draft.targets.map(({ positions }) => positions.length),
    [1, 1],
  )
  assert.deepEqual(planner.duplicates, [{ of: 0, position: 1000 }])
})

test("a recipient in an open call gets no other, nor does another that means the same person", async () => {
  const carried = [aTarget("bob", 0, 3)]
  const { planner, chunks } = planFor([chunkOf(["mobile:1", "user:BOB", "user:a", "mobile:2"])], { carried })
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), ["0: user a"])
  assert.deepEqual(planner.duplicates, [{ of: 0, position: 1 }])
  assert.deepEqual(planner.chunksToLookUp(), [])
})

test("of two open calls to one person the first is whose outcome others get", async () => {
  const carried = [aTarget("bob", 1), aTarget("bob", 0)]
  const { planner, chunks } = planFor([chunkOf(["user:x", "user:y", "user:bob"])], { carried })
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual([callsOf(planner), planner.duplicates], [[], [{ of: 1, position: 2 }]])
})

test("each part is a call of its own, by the last call of each recipient", async () => {
  const calls = [null, 1, null, 2]
  const { one, planner, chunks } = planFor([chunkOf(["user:a", "user:b", "user:c", "user:d"], { calls })], {
    nextPart: (call) => call ?? 0,
  })
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), ["0: user a, user c", "1: user b", "2: user d"])
  assert.equal(one.governor.reservations.length, 3)
})

test("of several parts the one that is full is taken", async () => {
  const calls = [null, ...Array<number>(1000).fill(1)]
  const { planner, chunks } = planFor([chunkOf(people(1001), { calls })], { nextPart: (call) => call ?? 0 })
  await planner.take(chunks[0] ?? assert.fail(), "all")
  const [part, draft] = planner.takeFull() ?? assert.fail()
  assert.deepEqual([part, draft.targets.length], [1, 1000])
  assert.equal(planner.takeFull(), undefined)
  assert.deepEqual(callsOf(planner), ["0: user m0"])
})

const DELAYED = { untilMs: NOON + 5000, reason: "member_rate" } as const

test("a member at the limit waits, with a userid and a reason, and so does any recipient that is the same member", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["user:a", "mobile:1", "user:A"])])
  one.remembered.set("1", "A")
  one.governor.limited.set("a", DELAYED)
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), [])
  assert.deepEqual(one.governor.reservations[0]?.added, ["a"], "who has to wait is asked for once")
  const detail = { delayedUntil: NOON + 5000, reason: "member_rate" }
  assert.deepEqual(
    one.outbox.updates.map(({ updates }) => updates),
    [[{ chunk: 0, slots: [0, 1, 2], userids: ["a", "A", "A"], from: ["pending"], state: "pending", detail }]],
  )
  assert.equal(one.run.nextWake.nextAt, NOON + 5000)
  assert.deepEqual(
    one.throttled,
    Array.from({ length: 3 }, () => ["alerts", "member_rate", undefined]),
  )
})

test("a department that has to wait has no userid", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["department:3"])])
  one.governor.limited.set(" department 3", DELAYED)
  await planner.take(chunks[0] ?? assert.fail(), "all")
  const [update = assert.fail()] = one.outbox.updates[0]?.updates ?? []
  assert.equal(update.userids, undefined)
})

test("when the day's quota is used up all wait for the next day, and nothing else of them is written", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["user:a", "user:b"])])
  for (const key of ["a", "b"]) one.governor.limited.set(key, { untilMs: NOON + 7000, reason: "day_quota" })
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(callsOf(planner), [])
  const detail = { delayedUntil: NOON + 7000, reason: "day_quota" }
  assert.deepEqual(one.outbox.updates[0]?.updates, [
    { chunk: 0, slots: [0, 1], from: ["pending"], state: "pending", detail },
  ])
})

test("a recipient that waits for the same as before is not written again", async () => {
  for (const [before, isWritten] of [
    [{ delayedUntil: NOON + 5000, reason: "member_rate" }, false],
    [{ delayedUntil: NOON + 4999, reason: "member_rate" }, true],
    [{ delayedUntil: NOON + 5000, reason: "day_quota" }, true],
  ] as const) {
    const { one, planner, chunks } = planFor([chunkOf(["user:a"], { details: { 0: before } })])
    one.governor.limited.set("a", DELAYED)
    await planner.take(chunks[0] ?? assert.fail(), "all")
    assert.equal(one.outbox.updates.length, isWritten ? 1 : 0)
    assert.equal(one.run.nextWake.nextAt, NOON + 5000)
  }
})

test("a recipient that waits and is to be looked up anew stays so", async () => {
  const chunk = chunkOf(["mobile:1"], { userids: ["a"], details: { 0: { fresh: true } } })
  const { one, planner, chunks } = planFor([chunk])
  one.governor.limited.set("a", DELAYED)
  await planner.take(chunks[0] ?? assert.fail(), "all")
  const detail = { delayedUntil: NOON + 5000, reason: "member_rate", fresh: true }
  assert.deepEqual(one.outbox.updates[0]?.updates[0]?.detail, detail)
})

test("numbers that are remembered go with the others; WeCom is to be asked for the rest", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["mobile:1", "mobile:2", "user:c", "email:d"])])
  one.remembered.set("1", "a")
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(planner.chunksToLookUp(), [0])
  assert.deepEqual(callsOf(planner), ["0: user a, user c"])
})

test("a chunk without unknown recipients needs no look-up", async () => {
  const { planner, chunks } = planFor([chunkOf(["user:a"]), chunkOf(["mobile:1"], { index: 1 })])
  for (const chunk of chunks) await planner.take(chunk, "all")
  assert.deepEqual(planner.chunksToLookUp(), [1])
})

/** A call to people who were found, beside others that were known. */
async function lookedUp(chunk: RecipientChunk, prepare: (one: OneMessage) => void = () => undefined) {
  const { one, planner, chunks } = planFor([chunk])
  prepare(one)
  const [only = assert.fail()] = chunks
  await planner.take(only, "all")
  const results = await planner.lookUp(only, one.stopping.signal)
  await planner.takeFound(only, results)
  return { one, planner }
}

test("WeCom is asked for unknown recipients only", async () => {
  const asked: string[] = []
  const { planner } = await lookedUp(chunkOf(["mobile:1", "user:b", "email:c", "mobile:4"]), (one) => {
    one.remembered.set("4", "d")
    one.ask = async (wanted, signal) => {
      assert.equal(signal, one.stopping.signal)
      asked.push(...wanted.map(({ type, address }) => `${type} ${address}`))
      return [found("x"), found("y")]
    }
  })
  assert.deepEqual(asked, ["mobile 1", "email c"])
  // In the order of the recipients: after a crash the order tells which userid belongs to which recipient.
  assert.deepEqual(callsOf(planner), ["0: user x, user b, user y, user d"])
})

test("in the order of the recipients only where one was put behind: groups that were taken first stay first", async () => {
  const { planner, chunks } = planFor([chunkOf(["user:a", "department:3"])])
  const [chunk = assert.fail()] = chunks
  await planner.take(chunk, "groups")
  await planner.take(chunk, "members")
  assert.deepEqual(callsOf(planner), ["0: department 3, user a"])
})

test("recipients who turn out to be one member are named once in the call, for both", async () => {
  const { planner } = await lookedUp(chunkOf(["mobile:1", "user:b"]), (one) => {
    one.ask = async () => [found("B")]
  })
  assert.deepEqual(callsOf(planner), ["0: user b@1+0"])
})

test("it is known of each whether the userid was remembered or has just been asked for", async () => {
  const chunk = chunkOf(["mobile:1", "mobile:2", "user:c", "mobile:4", "mobile:5", "email:6"], {
    userids: [null, null, null, "e", "f", null],
    details: { 4: { fresh: true } },
  })
  const { planner } = await lookedUp(chunk, (one) => {
    one.remembered.set("1", "a")
    one.known.set("6", { kind: "found", userid: "g", isRemembered: true })
    one.ask = async () => [found("b")]
  })
  const [, { targets }] = planner.takeNext() ?? assert.fail()
  const remembered = targets.map(({ id, remembered }) => [id, ...remembered])
  assert.deepEqual(remembered, [
    ["a", true],
    ["b", false],
    ["c", false],
    ["e", true],
    ["f", false],
    ["g", true],
  ])
})

test("the same holds for another recipient that means the same person", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["user:a", "mobile:1"])])
  one.remembered.set("1", "A")
  await planner.take(chunks[0] ?? assert.fail(), "all")
  const [, { targets }] = planner.takeNext() ?? assert.fail()
  assert.deepEqual(
    targets.map(({ remembered }) => [...remembered]),
    [[false, true]],
  )
})

test("of those that were looked up only those that are still pending are taken", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["mobile:1", "mobile:2"])])
  const [chunk = assert.fail()] = chunks
  await planner.take(chunk, "all")
  const results = await planner.lookUp(chunk, one.stopping.signal)
  chunk.states[0] = "cancelled"
  await planner.takeFound(chunk, results)
  assert.deepEqual(callsOf(planner), ["0: user of 2"])
})

test("in a chunk where all are known nothing is asked", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["user:a"])])
  one.ask = async (wanted) => {
    assert.deepEqual(wanted, [])
    return []
  }
  const [chunk = assert.fail()] = chunks
  await planner.take(chunk, "all")
  await planner.takeFound(chunk, await planner.lookUp(chunk, one.stopping.signal))
  assert.deepEqual(callsOf(planner), ["0: user a"])
})

for (const [result, state, detail] of [
  [{ kind: "not_found", reason: "no_visible_member", errcode: 46004 }, "not_found", undefined],
  [{ kind: "not_found", reason: "no_visible_member_cached" }, "not_found", undefined],
  [{ kind: "invalid", reason: "malformed_mobile" }, "invalid", undefined],
  [{ kind: "refused", errcode: 40003, errmsg: "no" }, "failed", { reason: "call_refused", errcode: 40003 }],
] as const) {
  test(`a recipient that cannot be found gets that result, and is counted: ${JSON.stringify(result)}`, async () => {
    const { one, planner } = await lookedUp(chunkOf(["user:a", "mobile:1"]), (one) => {
      one.ask = async () => [result]
    })
    const { kind: _, ...told } = result
    assert.deepEqual(
      one.outbox.updates.map(({ updates }) => updates),
      [[{ chunk: 0, slots: [1], from: ["pending"], state, detail: detail ?? told }]],
    )
    assert.deepEqual(one.finished, [["alerts", state, 1]])
    assert.deepEqual(callsOf(planner), ["0: user a"])
    assert.equal(one.run.nextWake.nextAt, Infinity)
  })
}

test("a malformed number gets its result without a look-up", async () => {
  const { one, planner, chunks } = planFor([chunkOf(["mobile:x", "user:a"])])
  one.known.set("x", { kind: "invalid", reason: "malformed_mobile" })
  await planner.take(chunks[0] ?? assert.fail(), "all")
  assert.deepEqual(planner.chunksToLookUp(), [])
  assert.deepEqual(one.outbox.chunksNow[0]?.states, ["invalid", "pending"])
})

const AT = NOON + 9000

for (const [why, nextAt, detail] of [
  ["budget_spent", AT, { delayedUntil: AT, reason: "lookup_budget" }],
  ["lookup_paused", AT, { delayedUntil: AT, reason: "lookup_paused" }],
  ["unreachable", AT, undefined],
  ["app_closed", NOON, undefined],
] as const) {
  test(`a recipient that cannot be looked up now waits: ${why}`, async () => {
    const later: LookupResult = { kind: "later", at: AT, why }
    const { one, planner } = await lookedUp(chunkOf(["mobile:1", "mobile:2"]), (one) => {
      one.ask = async () => [later, later]
    })
    assert.deepEqual([callsOf(planner), one.finished], [[], []])
    assert.equal(one.run.nextWake.nextAt, nextAt)
    const update = { chunk: 0, slots: [0, 1], from: ["pending"], state: "pending", detail }
    assert.deepEqual(
      one.outbox.updates.map(({ updates }) => updates),
      detail === undefined ? [] : [[update]],
    )
    assert.equal(one.throttled.length, detail === undefined ? 0 : 2)
  })
}

const PARTS = ["{}", "{}", "{}"]

test("after an accepted call comes the next part, after any other the same again, and after the last none", async () => {
  const one = new OneMessage({ parts: PARTS })
  one.outbox.calls = [
    aCallView(),
    aCallView({ number: 2, part: 1 }),
    aCallView({ number: 3, part: 2 }),
    aCallView({ number: 4, part: 1, result: "refused" }),
    aCallView({ number: 5, part: 1, result: undefined }),
  ]
  const next = await readNextParts(one.run)
  assert.deepEqual([1, 2, 3, 4, 5].map(next), [1, 2, 2, 1, 1])
  assert.deepEqual([null, 6].map(next), [0, 0], "who was in no call, or in one that is not told, begins")
})

test("calls beyond the first thousand are read too", async () => {
  const one = new OneMessage({ parts: PARTS })
  one.outbox.calls = Array.from({ length: 2001 }, (_, index) => aCallView({ number: index + 1 }))
  const next = await readNextParts(one.run)
  assert.deepEqual([1000, 1001, 2000, 2001].map(next), [1, 1, 1, 1])
  assert.equal(one.outbox.pagesRead, 3)
})

test("a message of one part needs no look at its calls", async () => {
  const one = new OneMessage()
  one.outbox.calls = [aCallView()]
  const next = await readNextParts(one.run)
  assert.deepEqual([null, 1].map(next), [0, 0])
  assert.equal(one.outbox.pagesRead, 0)
})
