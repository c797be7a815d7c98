import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import { MessageDelivery } from "./message-delivery.ts"
import type { NextWake } from "../queue/next-wake.ts"
import { CallSharings } from "./share-calls.ts"
import {
  bodyOf,
  chunkOf,
  DEPARTMENTS,
  messageTo,
  namesIn,
  sentTo,
  statesOf,
  work,
  NO_OTHERS,
} from "../testing/deliver.ts"
import { aCallView, aFrozenCall, OneMessage } from "../testing/one-message.ts"

const SECOND = 1000
const DAY_MS = 24 * HOUR_MS

const IMAGE = { msgtype: "image", parts: ['{"msgtype":"image","image":{"media_id":"med_1"}}'] }

test("a file is with WeCom before its call is frozen, and before there is leave to send", async () => {
  const one = messageTo(["a"], IMAGE)
  const seen: number[] = []
  one.upload = async (id) => {
    seen.push(one.governor.asked.length)
    return { kind: "uploaded", mediaId: `at-wecom-${id}` }
  }
  await work(one)
  assert.equal(seen[0], 0)
  assert.deepEqual(bodyOf(one.requests[0])["image"], { media_id: "at-wecom-med_1" })
})

test("while it is not, nothing goes out", async () => {
  const one = messageTo(["a"], IMAGE)
  one.upload = async () => ({ kind: "later", at: NOON + 5 * SECOND })
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests, one.governor.asked], [NOON + 5 * SECOND, [], []])
})

test("and no other call of the message is tried", async () => {
  const one = messageTo(DEPARTMENTS, IMAGE)
  let asked = 0
  one.upload = async () => {
    asked++
    return { kind: "later", at: NOON + 5 * SECOND }
  }
  await work(one)
  assert.equal(asked, 1)
})

test("when it is gone by the time of the freeze, nothing goes out", async () => {
  const one = messageTo(["a"], IMAGE)
  let asked = 0
  one.upload = async () =>
    ++asked === 1 ? { kind: "uploaded", mediaId: "m" } : { kind: "later", at: NOON + 5 * SECOND }
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.outbox.begun, asked], [NOON + 5 * SECOND, [], 2])
})

test("when WeCom no longer takes a file, another call goes out with another id, and no room is asked for again", async () => {
  const one = messageTo(["a", "b"], IMAGE)
  let uploads = 0
  one.upload = async () => ({ kind: "uploaded", mediaId: `m${++uploads}` })
  one.answers = [{ errcode: 40007, errmsg: "invalid media_id" }, {}]
  await work(one)
  const images = one.requests.map((request) => bodyOf(request)["image"])
  assert.deepEqual(images, [{ media_id: "m2" }, { media_id: "m4" }])
  assert.deepEqual(one.governor.reservations[0]?.parts, [["a", "b"]])
  assert.deepEqual(
    one.outbox.begun.map(({ number }) => number),
    [1, 2],
  )
  assert.deepEqual(statesOf(one), ["sent", "sent"])
})

test("when there is no other id, all of the call fail, and the message has the reason", async () => {
  const one = messageTo(["a"], IMAGE)
  one.canReplace = false
  one.answers = [{ errcode: 40007, errmsg: "invalid media_id" }]
  await work(one)
  assert.deepEqual([statesOf(one), one.requests.length], [["failed"], 1])
  assert.deepEqual(one.outbox.updates[0]?.problem, { code: "call_refused", errcode: 40007 })
  assert.deepEqual(one.outbox.chunksNow[0]?.details[0]?.errcode, 40007)
})

test("when the file cannot be uploaded again now, the call waits for it", async () => {
  const one = messageTo(["a"], IMAGE)
  one.answers = [
    () => {
      one.upload = async () => ({ kind: "later", at: NOON + 5 * SECOND })
      return { errcode: 40007, errmsg: "invalid media_id" }
    },
  ]
  const next = await work(one)
  assert.deepEqual([next?.nextAt, one.requests.length, statesOf(one)], [NOON + 5 * SECOND, 1, ["pending"]])
})

/** WeCom refuses each call that contains a bad id. */
function refusing(one: OneMessage, isBad: (id: string) => boolean): void {
  one.answers = [
    (request) => {
      const isRefused = namesIn(request).split("|").some(isBad)
      return isRefused ? { errcode: 40003, errmsg: "invalid userid" } : { errcode: 0, errmsg: "ok" }
    },
  ]
}

test("a call that is refused for one of its recipients goes out in halves, which need no more room", async () => {
  const one = messageTo(["a", "b", "bad"])
  refusing(one, (id) => id === "bad")
  await work(one)
  assert.deepEqual(sentTo(one), ["a|b|bad", "a|b", "bad"])
  assert.deepEqual(statesOf(one), ["sent", "sent", "invalid"])
  const [first, ...halves] = one.governor.reservations
  assert.deepEqual([first?.parts, halves.length], [[["a", "b"], ["bad"]], 2])
  assert.ok(halves.every(({ taken }) => taken.length === 0))
  assert.equal(one.governor.asked.length, 3)
})

const THREE_HUNDRED = Array.from({ length: 300 }, (_, n) => `m${n}`)

test("once one has got through, every refusal is a recipient's", async () => {
  const one = new OneMessage({ chunks: [chunkOf(THREE_HUNDRED)] })
  refusing(one, (id) => id !== "m0")
  await work(one)
  assert.deepEqual(statesOf(one), ["sent", ...Array<string>(299).fill("invalid")])
})

test("when nothing gets through each of a call is refused alone", async () => {
  const one = new OneMessage({ chunks: [chunkOf(THREE_HUNDRED)] })
  refusing(one, () => true)
  await work(one)
  assert.deepEqual([one.requests.length, new Set(statesOf(one))], [599, new Set(["invalid"])])
})

// proves 29.halves: good people among many bad ones
test("when nothing of a message of several calls gets through it ends after 1,999 refusals, and the others fail", async () => {
  const people = Array.from({ length: 1500 }, (_, n) => `m${n}`)
  const one = new OneMessage({ chunks: [chunkOf(people.slice(0, 1000)), chunkOf(people.slice(1000), { index: 1 })] })
  refusing(one, () => true)
  await work(one)
  const states = one.outbox.chunksNow.flatMap((chunk) => chunk.states)
  const alone = states.filter((state) => state === "invalid").length
  const failed = states.filter((state) => state === "failed").length
  assert.deepEqual([alone + failed, failed > 0, one.requests.length < 2100], [1500, true, true])
  assert.ok(alone >= 900, `${alone} refused alone`)
})

test("calls that are refused for good are not among them, no matter who their recipients are", async () => {
  const others = ["v", "w", "x", "y", "z"]
  const one = new OneMessage({ chunks: [chunkOf([...others, ...THREE_HUNDRED])], callCount: others.length })
  one.outbox.open.set(
    "msg_1",
    others.map((touser, n) =>
      aFrozenCall({ number: n + 1, positions: [n], body: JSON.stringify({ touser, agentid: 1_000_002 }) }),
    ),
  )
  one.answers = [
    ...others.map(() => ({ errcode: 45002, errmsg: "content too long" })),
    { errcode: 40003, errmsg: "invalid userid" },
  ]
  await work(one)
  const alone = statesOf(one).filter((state) => state === "invalid").length
  assert.deepEqual([one.requests.length - others.length, alone], [599, 300])
})

test("a half that gets no leave to go out keeps its place in the queue", async () => {
  const one = messageTo(["a", "bad"], { sendAt: NOON - 5 })
  refusing(one, (id) => id === "bad")
  one.governor.answers.push(one.governor.newPermit(), one.governor.newPermit(), undefined)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, sentTo(one), statesOf(one)], [NOON - 5, ["a|bad", "a"], ["sent", "pending"]])
})

test("nor does a half go out when the message has expired meanwhile", async () => {
  const one = messageTo(["a", "b"], { expiresAt: NOON + DAY_MS })
  one.answers = [
    () => {
      one.machine.advance(DAY_MS)
      return { errcode: 40003, errmsg: "invalid userid" }
    },
  ]
  await work(one)
  assert.deepEqual([one.requests.length, one.governor.asked.length, statesOf(one)], [1, 1, ["expired", "expired"]])
})

const PARTS = ["一", "二", "三"].map((content) => JSON.stringify({ msgtype: "text", text: { content } }))
const contentsOf = (one: OneMessage): string[] =>
  one.requests.map((request) => (bodyOf(request)["text"] as { content: string }).content)

test("parts follow one another, each with room of its own, to those who got the one before", async () => {
  const one = messageTo(["a", "b"], { parts: PARTS, priority: "high" })
  one.answers = [{ invaliduser: "b" }, {}]
  assert.equal(await work(one), undefined)
  assert.deepEqual(
    [contentsOf(one), sentTo(one)],
    [
      ["一", "二", "三"],
      ["a|b", "a", "a"],
    ],
  )
  assert.deepEqual(
    one.governor.reservations.map(({ priority, added, taken }) => [priority, added, taken]),
    [
      ["high", ["a", "b"], [["a", "b"]]],
      ["high", ["a"], [["a"]]],
      ["high", ["a"], [["a"]]],
    ],
  )
  assert.deepEqual(
    one.outbox.begun.map(({ number, frozen }) => [number, frozen?.part]),
    [
      [1, 0],
      [2, 1],
      [3, 2],
    ],
  )
})

test("a member at the limit waits for the next part, and the others get it", async () => {
  const one = messageTo(["a", "b", "c"], { parts: PARTS.slice(0, 2) })
  one.answers = [
    () => {
      one.governor.limited.set("a", { untilMs: NOON + 5 * SECOND, reason: "member_rate" })
      one.governor.limitedAtLast.set("b", { untilMs: NOON + 4 * SECOND, reason: "day_quota" })
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  const next = await work(one)
  assert.deepEqual([sentTo(one), next?.nextAt], [["a|b|c", "c"], NOON + 4 * SECOND])
  const { states, details } = one.outbox.chunksNow[0] ?? assert.fail()
  assert.deepEqual(states, ["pending", "pending", "sent"])
  assert.deepEqual([details[0]?.delayedUntil, details[1]?.reason], [NOON + 5 * SECOND, "day_quota"])
})

test("when all have had enough no call is made", async () => {
  const one = messageTo(["a"], { parts: PARTS.slice(0, 2) })
  one.answers = [
    () => {
      one.governor.limited.set("a", { untilMs: NOON + 5 * SECOND, reason: "member_rate" })
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  await work(one)
  assert.deepEqual([one.requests.length, one.governor.asked.length], [1, 1])
})

test("a later turn continues with the next part", async () => {
  const chunk = chunkOf(["a", "b"], { calls: [1, null] })
  const one = new OneMessage({ chunks: [chunk], callCount: 1, parts: PARTS.slice(0, 2) })
  one.outbox.calls = [aCallView()]
  await work(one)
  const calls = contentsOf(one).map((content, index) => `${content} ${sentTo(one)[index]}`)
  assert.deepEqual(new Set(calls), new Set(["二 a", "一 b", "二 b"]))
})

/** Delivers the message while calls may be shared. */
async function workShared(one: OneMessage): Promise<NextWake | undefined> {
  const runtime = { ...one.runtime, app: { ...one.runtime.app, settings: { share_calls: true } } }
  const delivery = new MessageDelivery(
    { ...one.deps, sharings: new CallSharings(), ...NO_OTHERS },
    runtime,
    one.claimed,
    one.slot,
  )
  const working = delivery.work()
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual([one.machine.sleeps, one.requests.length], [[20], 0])
  one.machine.advance(20)
  const next = await working
  const disposals = one.governor.reservations.map((reservation) => reservation.disposals)
  assert.deepEqual([new Set(disposals), one.governor.held], [new Set([1]), 0])
  return next
}

test("where the app may share calls, a small message joins one", async () => {
  const one = messageTo(["a"])
  assert.equal(await workShared(one), undefined)
  assert.deepEqual([sentTo(one), statesOf(one)], [["a"], ["sent"]])
})

test("and a recipient named again in it gets the outcome of the first there too", async () => {
  const chunk = chunkOf(["a", "A", "b"], { states: ["sent", "pending", "pending"], calls: [1, null, null] })
  const one = new OneMessage({ chunks: [chunk], callCount: 1 })
  await workShared(one)
  assert.deepEqual([sentTo(one), statesOf(one)], [["b"], ["sent", "sent", "sent"]])
})
