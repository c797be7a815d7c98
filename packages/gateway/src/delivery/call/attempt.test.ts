import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import type { NewCall } from "../../model/ports/outbox.ts"
import { aCall, PARTY, HOUR_MS, NOON } from "../../store/testing/build.ts"
import { callKey, makeAttempt, settleSurely } from "./attempt.ts"
import { after, attempt, decided, EARLIER, LISI, planFor, TWO, ZHANGSAN } from "../testing/attempt-once.ts"
import type { NotedPermit } from "../testing/noting-governor.ts"
import { failure, lost, OneMessage } from "../testing/one-message.ts"
import { aTarget } from "../../model/testing/a-target.ts"

const SECOND = 1000
const CHECK_SECONDS = 14_400

test("the intent is stored, exactly the frozen bytes go out, and their result is stored", async () => {
  const one = new OneMessage(TWO)
  one.answers = [after(one, 300, { invaliduser: "lisi" })]
  const call = aCall({ body: '{"touser":"zhangsan|lisi"}' })
  const { permit, reservation, outcome } = await attempt(one, { number: 3, call })

  const begun = { messageId: "msg_1", claim: 7, number: 3, startedAt: NOON, clockSetMs: 0, frozen: call }
  assert.deepEqual(one.outbox.begun, [begun])
  const { path, body, repeatable, deadline } = one.requests[0] ?? assert.fail()
  assert.deepEqual([path, body, repeatable], ["message/send", call.body, true])
  assert.equal(deadline, NOON + 15 * SECOND)

  assert.deepEqual(permit.exchangesMs, [300])
  assert.deepEqual([reservation.renewals, reservation.endings], [1, [NOON + 300]])
  assert.deepEqual(reservation.unreached, [["lisi"]])
  assert.deepEqual(one.governor.reports, [
    { health: { kind: "healthy" }, permit, message: "msg_1", from: NOON, at: NOON + 300 },
  ])

  const [settlements, ...others] = one.outbox.settled
  assert.deepEqual(others, [])
  const [settlement, ...ofOthers] = settlements ?? []
  assert.deepEqual(ofOthers, [])
  assert.deepEqual(
    [settlement?.messageId, settlement?.number, settlement?.attempt, settlement?.result, settlement?.finishedAt],
    ["msg_1", 3, 1, "accepted", NOON + 300],
  )
  assert.deepEqual(one.outbox.chunksNow[0]?.states, ["sent", "invalid"])
  const counted = [
    ["alerts", "sent", 1],
    ["alerts", "invalid", 1],
  ]
  assert.deepEqual(one.finished, counted)
  assert.equal(one.run.isFinished, true)
  assert.equal(one.run.nextWake.nextAt, Infinity)

  const { decision, errcode, survivors, unreached, shares, body: sent } = decided(outcome)
  assert.equal(decision.kind, "accepted")
  assert.deepEqual([errcode, survivors, shares, sent], [0, [], [], call.body])
  assert.deepEqual(unreached, [LISI])
})

test("a later attempt freezes nothing", async () => {
  const one = new OneMessage(TWO)
  await attempt(one, { call: EARLIER })
  assert.deepEqual(one.outbox.begun, [{ messageId: "msg_1", claim: 7, number: 1, startedAt: NOON, clockSetMs: 0 }])
})

test("while its bytes are on their way, and until the outcome is stored, the call is unsettled", async () => {
  const one = new OneMessage(TWO)
  const seen: string[][] = []
  const look = (): void => void seen.push([...one.deps.unsettled])
  one.answers = [
    () => {
      look()
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  one.outbox.onBegin = async ({ messageId, number }) => {
    look()
    return { messageId, number, attempt: 1, body: "{}", checkSeconds: CHECK_SECONDS }
  }
  one.outbox.onSettle = async () => {
    look()
    return [true]
  }
  await attempt(one)
  assert.deepEqual(seen, [[], ["msg_1/1"], ["msg_1/1"]])
  assert.deepEqual([...one.deps.unsettled], [])
  assert.equal(callKey({ messageId: "msg_1", number: 12 }), "msg_1/12")
})

test("where the store leaves the call out nothing goes out, and nothing is reported", async () => {
  const one = new OneMessage(TWO)
  one.outbox.onBegin = () => Promise.resolve(undefined)
  const { reservation, outcome } = await attempt(one)
  assert.deepEqual(outcome, { kind: "left_out" })
  assert.deepEqual([one.requests, one.outbox.settled, one.governor.reports], [[], [], []])
  assert.deepEqual([reservation.renewals, reservation.unreached], [0, []])
})

for (const [title, prevent] of [
  ["the app was closed before there was a socket", (one: OneMessage) => void (one.governor.sends = false)],
  ["what was reserved counts no more", (one: OneMessage) => void (one.governor.renews = false)],
  ["the gateway is stopping", (one: OneMessage) => one.stopping.abort()],
  ["another process may have the message", (one: OneMessage) => void (one.isSurelyOurs = false)],
] as const) {
  test(`nothing goes out when ${title}, and the call is to go out again`, async () => {
    const one = new OneMessage(TWO)
    prevent(one)
    const { permit, reservation, outcome } = await attempt(one)
    assert.deepEqual([one.requests, permit.exchangesMs], [[], []])
    assert.deepEqual([reservation.endings, reservation.unreached], [[undefined], [[]]])
    const { decision } = decided(outcome)
    assert.deepEqual(decision, { kind: "again", result: "not_sent", spent: false, at: NOON, health: { kind: "none" } })
    const [settlement] = one.outbox.settled[0] ?? []
    assert.deepEqual([settlement?.result, settlement?.final, settlement?.retryAt], ["not_sent", false, NOON])
    assert.equal(settlement?.errmsg?.includes("before it went out"), true)
    assert.equal(one.run.nextWake.nextAt, NOON)
  })
}

for (const [title, halt] of [
  ["the message is changed", (one: OneMessage) => one.run.interrupt()],
  ["another process has the message", (one: OneMessage) => one.run.lose()],
] as const) {
  test(`nothing goes out when ${title} before there is a socket, and that is not waited for`, async () => {
    for (const isEarly of [true, false]) {
      const one = new OneMessage(TWO)
      const permit = waitingPermit(one)
      if (isEarly) halt(one)
      const made = makeAttempt(one.run, planFor(one), permit)
      await immediate()
      if (!isEarly) halt(one)
      const { decision } = decided(await made)
      assert.equal(decision.kind === "again" && decision.result, "not_sent")
      assert.deepEqual([one.requests, permit.isHeld], [[], false])
    }
  })
}

test("nor when another message in the call is changed", async () => {
  const [one, other] = [new OneMessage(TWO), new OneMessage(TWO)]
  const permit = waitingPermit(one)
  const shares = [{ messageId: "msg_2", number: 1, targets: [aTarget("WangWu", 0)], run: other.run }]
  const made = makeAttempt(one.run, { ...planFor(one), shares }, permit)
  await immediate()
  other.run.interrupt()
  await made
  assert.deepEqual(one.requests, [])
})

test("nor when another process may have another message in the call", async () => {
  const [one, other] = [new OneMessage(TWO), new OneMessage(TWO)]
  other.isSurelyOurs = false
  const shares = [{ messageId: "msg_2", number: 1, targets: [aTarget("WangWu", 0)], run: other.run }]
  const { decision } = decided(await makeAttempt(one.run, { ...planFor(one), shares }, one.governor.newPermit()))
  assert.deepEqual(one.requests, [])
  assert.equal(decision.kind === "again" && decision.result, "not_sent")
})

test("a message that is changed once its call has a socket leaves the socket to it", async () => {
  const one = new OneMessage(TWO)
  const permit = one.governor.newPermit()
  const socket = Promise.withResolvers<boolean>()
  permit.onSending = () => socket.promise
  let isHeld = false
  one.answers = [
    () => {
      one.run.interrupt()
      ;({ isHeld } = permit)
      return { errcode: 0, errmsg: "ok" }
    },
  ]
  const made = makeAttempt(one.run, planFor(one), permit)
  await immediate()
  socket.resolve(true)
  assert.equal(decided(await made).decision.kind, "accepted")
  assert.equal(isHeld, true)
})

/** A permit whose socket comes only when it is given back, which is too late. */
function waitingPermit(one: OneMessage): NotedPermit {
  const permit = one.governor.newPermit()
  const socket = Promise.withResolvers<boolean>()
  permit.onSending = () => socket.promise
  const give = permit[Symbol.dispose].bind(permit)
  permit[Symbol.dispose] = () => {
    give()
    socket.resolve(false)
  }
  return permit
}

test("a permit that waits for its socket is waited for", async () => {
  const one = new OneMessage(TWO)
  const socket = Promise.withResolvers<boolean>()
  const permit = one.governor.newPermit()
  permit.onSending = () => socket.promise
  const made = makeAttempt(one.run, planFor(one), permit)
  await immediate()
  assert.equal(one.requests.length, 0)
  one.machine.advance(5 * SECOND)
  socket.resolve(true)
  await made
  assert.deepEqual(permit.exchangesMs, [0], "waiting for it is none of WeCom's time")
  assert.equal(one.requests[0]?.deadline, NOON + 20 * SECOND)
  assert.deepEqual(
    one.governor.reports.map(({ from }) => from),
    [NOON + 5 * SECOND],
  )
})

test("durations are measured by steady time, whatever the wall clock was set to", async () => {
  const one = new OneMessage(TWO)
  one.machine.jump(HOUR_MS)
  one.answers = [after(one, 300, {})]
  const { reservation } = await attempt(one)
  assert.equal(one.outbox.begun[0]?.startedAt, NOON + HOUR_MS)
  assert.equal(one.outbox.settled[0]?.[0]?.finishedAt, NOON + HOUR_MS + 300)
  assert.deepEqual(reservation.endings, [NOON + 300])
  assert.deepEqual(
    one.governor.reports.map(({ from, at }) => [from, at]),
    [[NOON, NOON + 300]],
  )
  assert.equal(one.requests[0]?.deadline, NOON + 15 * SECOND)
})

test("when the intent cannot be stored, what is reserved stays taken: it may be stored all the same", async () => {
  const one = new OneMessage(TWO)
  one.outbox.onBegin = () => Promise.reject(new StorageError("storage_error"))
  const plan = planFor(one)
  const permit = one.governor.newPermit()
  await assert.rejects(makeAttempt(one.run, plan, permit), StorageError)
  assert.deepEqual(plan.reservation.unreached, [[]])
  assert.equal(permit.isHeld, false)
})

test("what the governor has to store of an exchange is stored before the outcome", async () => {
  const one = new OneMessage(TWO)
  const stored = Promise.withResolvers<void>()
  one.governor.onReport = () => stored.promise
  const made = makeAttempt(one.run, planFor(one), one.governor.newPermit())
  await immediate()
  assert.deepEqual([one.governor.reports.length, one.outbox.settled.length], [1, 0])
  stored.resolve()
  await made
  assert.equal(one.outbox.settled.length, 1)
})

for (const [people, isKept] of [
  [100, false],
  [101, true],
] as const) {
  test(`the permit of a call to ${people} people is given back ${isKept ? "after" : "before"} its outcome is stored`, async () => {
    const one = new OneMessage({ to: Array.from({ length: people }, (_, n) => `1380000${n}`) })
    const to = Array.from({ length: people }, (_, n) => aTarget(`m${n}`, n))
    const permit = one.governor.newPermit()
    let wasHeld: boolean | undefined
    one.outbox.onSettle = async () => {
      wasHeld = permit.isHeld
      assert.equal(one.deps.largeSettles.isIdle, !isKept)
      return [true]
    }
    await makeAttempt(one.run, planFor(one, { to }), permit)
    assert.equal(wasHeld, isKept)
    assert.equal(one.deps.largeSettles.isIdle, true)
  })
}

test("outcomes of large calls are stored one after another, shared people counted in", async () => {
  const one = new OneMessage({ to: ["1"] })
  assert.equal(one.deps.largeSettles.enter(), undefined)
  const targets = Array.from({ length: 100 }, (_, n) => aTarget(`m${n}`, n))
  const shares = [{ messageId: "msg_2", number: 1, targets }]
  const made = makeAttempt(one.run, planFor(one, { to: [ZHANGSAN], shares }), one.governor.newPermit())
  await immediate()
  assert.equal(one.outbox.settled.length, 0)
  one.deps.largeSettles.leave()
  await made
  assert.equal(one.outbox.settled.length, 1)
  assert.equal(one.deps.largeSettles.isIdle, true)
})

test("a large outcome that cannot be stored does not keep others from it", async () => {
  const one = new OneMessage({ to: ["1"] })
  one.outbox.onSettle = () => Promise.reject(new StorageError("storage_closed"))
  const to = Array.from({ length: 101 }, (_, n) => aTarget(`m${n}`, n))
  await assert.rejects(makeAttempt(one.run, planFor(one, { to }), one.governor.newPermit()), StorageError)
  assert.equal(one.deps.largeSettles.isIdle, true)
  assert.deepEqual([...one.deps.unsettled], ["msg_1/1"])
})

for (const [title, errcode, kind, options] of [
  ["refused for one recipient", 40003, "halve", {}],
  ["whose file is gone", 40007, "renew", { msgtype: "image", parts: ['{"image":{"media_id":"med_1"}}'] }],
] as const) {
  test(`a call ${title} keeps what is reserved for those that it becomes`, async () => {
    const one = new OneMessage({ ...TWO, ...options })
    one.answers = [{ errcode, errmsg: "no" }]
    const { reservation, outcome } = await attempt(one)
    assert.equal(decided(outcome).decision.kind, kind)
    assert.equal(decided(outcome).errcode, errcode)
    assert.deepEqual([reservation.endings, reservation.unreached], [[undefined], []])
    const [settlement] = one.outbox.settled[0] ?? []
    assert.deepEqual([settlement?.result, settlement?.final], ["refused", true])
    assert.equal(one.run.nextWake.nextAt, Infinity)
  })
}

test("a message without files has none to upload again", async () => {
  const one = new OneMessage(TWO)
  one.answers = [{ errcode: 40007, errmsg: "no" }]
  const { outcome } = await attempt(one)
  assert.equal(decided(outcome).decision.kind, "final")
})

test("a call to one person that is refused for one recipient is not halved", async () => {
  const one = new OneMessage({ to: ["1"] })
  one.answers = [{ errcode: 40003, errmsg: "no" }]
  const { outcome, reservation } = await attempt(one, { to: [ZHANGSAN] })
  const { decision } = decided(outcome)
  assert.deepEqual([decision.kind, decision.kind === "final" && decision.state], ["final", "invalid"])
  assert.deepEqual(reservation.unreached, [["zhangsan"]])
})

test("one person of each of two messages are two, of whom one may be to blame", async () => {
  const one = new OneMessage({ to: ["1"] })
  one.answers = [{ errcode: 40003, errmsg: "no" }]
  const shares = [{ messageId: "msg_2", number: 1, targets: [LISI] }]
  const { outcome } = await attempt(one, { to: [ZHANGSAN], shares })
  assert.equal(decided(outcome).decision.kind, "halve")
})

test("a repeat of what may have arrived goes out while WeCom would still swallow it, and not later", async () => {
  const one = new OneMessage(TWO)
  const firstTryAt = NOON - CHECK_SECONDS * SECOND + 7 * SECOND
  await attempt(one, { call: { ...EARLIER, firstTryAt, mayHaveArrived: true } })
  await attempt(one, { call: { ...EARLIER, firstTryAt, mayHaveArrived: false } })
  await attempt(one, { call: { ...EARLIER, mayHaveArrived: true } })
  assert.deepEqual(
    one.requests.map(({ deadline }) => deadline - NOON),
    [7 * SECOND, 15 * SECOND, 15 * SECOND],
  )
})

test("what goes without WeCom's check is not repeatable, and has the usual time", async () => {
  const one = new OneMessage(TWO)
  one.outbox.onBegin = async ({ messageId, number }) => ({
    messageId,
    number,
    attempt: 1,
    body: "{}",
    checkSeconds: null,
  })
  one.answers = [lost()]
  const { outcome } = await attempt(one, { call: { ...EARLIER, mayHaveArrived: true } })
  assert.deepEqual([one.requests[0]?.repeatable, one.requests[0]?.deadline], [false, NOON + 15 * SECOND])
  const { decision } = decided(outcome)
  assert.deepEqual([decision.kind, decision.kind === "final" && decision.reason], ["final", "no_check"])
})

test("an answer that was lost: they count as reached, and the lane is held for a minute", async () => {
  const one = new OneMessage(TWO)
  one.answers = [after(one, 300, lost())]
  const { reservation, outcome } = await attempt(one)
  assert.deepEqual([reservation.endings, reservation.unreached], [[NOON + 300], [[]]])
  const { decision } = decided(outcome)
  assert.deepEqual([decision.kind, decision.kind === "again" && decision.result], ["again", "in_doubt"])
  assert.equal(one.run.nextWake.nextAt, NOON + 300 + SECOND)
  assert.equal(one.run.nextWake.holdsLaneUntil, NOON + 300 + 60 * SECOND)
  assert.deepEqual([one.run.isFinished, one.finished], [false, []])
})

test("when the answer to a repeat is lost too, the lane is held from the first try on", async () => {
  const one = new OneMessage(TWO)
  one.machine.jump(HOUR_MS)
  one.clock.now()
  one.answers = [lost()]
  await attempt(one, { call: { ...EARLIER, firstTryAt: NOON - 10 * SECOND, mayHaveArrived: true } })
  assert.equal(one.run.nextWake.nextAt, NOON + HOUR_MS + SECOND)
  assert.equal(one.run.nextWake.holdsLaneUntil, NOON + HOUR_MS + 50 * SECOND)
})

test("when the answer to an attempt is lost after others that did not arrive, it is the first that may have", async () => {
  const one = new OneMessage(TWO)
  one.answers = [after(one, 300, lost())]
  await attempt(one, { call: EARLIER })
  assert.equal(one.run.nextWake.holdsLaneUntil, NOON + 300 + 60 * SECOND)
})

test("a call that was in doubt and did not arrive now is in doubt still", async () => {
  const one = new OneMessage(TWO)
  one.answers = [failure({})]
  const { reservation } = await attempt(one, { call: { ...EARLIER, mayHaveArrived: true } })
  assert.equal(one.run.nextWake.nextAt, NOON + SECOND)
  assert.equal(one.run.nextWake.holdsLaneUntil, NOON)
  assert.deepEqual(reservation.endings, [undefined])
})

test("one that certainly did not arrive holds its lane for as long as it takes", async () => {
  const one = new OneMessage(TWO)
  one.answers = [failure({})]
  await attempt(one, { call: EARLIER })
  assert.deepEqual([one.run.nextWake.nextAt, one.run.nextWake.holdsLaneUntil], [NOON + SECOND, undefined])
})

/**
 * How long after its first try a call in doubt waits for a closed app: WeCom swallows a repeat until its check ends, less a
 * margin of five minutes.
 */
const REPEATED_FOR_MS = CHECK_SECONDS * SECOND - 300 * SECOND

test("a call in doubt is looked at before its time to be repeated is over", async () => {
  const one = new OneMessage(TWO)
  one.governor.isUnreachable = true
  one.governor.nextProbeAtMs = NOON + 3 * HOUR_MS
  const firstTryAt = NOON - REPEATED_FOR_MS + 5 * SECOND
  one.answers = [lost()]
  await attempt(one, { call: { ...EARLIER, firstTryAt, mayHaveArrived: true } })
  assert.equal(one.run.nextWake.nextAt, NOON + 5 * SECOND)
})

test("and not before the attempt has ended, should that time be over", async () => {
  const one = new OneMessage(TWO)
  const firstTryAt = NOON - REPEATED_FOR_MS - 60 * SECOND
  one.answers = [{ errcode: -1, errmsg: "system busy" }]
  await attempt(one, { call: { ...EARLIER, firstTryAt, mayHaveArrived: true } })
  assert.equal(one.run.nextWake.nextAt, NOON)
})

test("a call in doubt that has been repeated for long enough is not tried any more", async () => {
  const one = new OneMessage(TWO)
  one.answers = [lost()]
  const firstTryAt = NOON - REPEATED_FOR_MS + SECOND
  const { outcome } = await attempt(one, { call: { ...EARLIER, firstTryAt, mayHaveArrived: true } })
  const { decision } = decided(outcome)
  assert.deepEqual([decision.kind, decision.kind === "final" && decision.reason], ["final", "answer_lost"])
  assert.equal(one.run.nextWake.nextAt, Infinity)
  const again = new OneMessage(TWO)
  again.answers = [lost()]
  const first = await attempt(again, { call: { ...EARLIER, firstTryAt, mayHaveArrived: false } })
  assert.equal(decided(first.outcome).decision.kind, "again", "what did not arrive before begins its time now")
})

test("how often WeCom was busy before is counted on", async () => {
  for (const [spentAttempts, waitMs] of [
    [0, SECOND],
    [1, 2 * SECOND],
    [2, 600 * SECOND],
  ] as const) {
    const one = new OneMessage(TWO)
    one.answers = [{ errcode: -1, errmsg: "system busy" }]
    await attempt(one, { call: { ...EARLIER, spentAttempts } })
    assert.equal(one.run.nextWake.nextAt, NOON + waitMs)
  }
  const one = new OneMessage(TWO)
  one.answers = [{ errcode: -1, errmsg: "system busy" }]
  await attempt(one)
  assert.equal(one.run.nextWake.nextAt, NOON + SECOND)
})

test("a refusal after a lost answer says nothing of the first try", async () => {
  const one = new OneMessage(TWO)
  one.answers = [{ errcode: 42014, errmsg: "task id is known" }]
  const { outcome } = await attempt(one, { call: { ...EARLIER, mayHaveArrived: true } })
  const { decision } = decided(outcome)
  assert.deepEqual([decision.kind, decision.kind === "final" && decision.state], ["final", "in_doubt"])
  const certain = await attempt(one, { call: EARLIER })
  assert.equal(decided(certain.outcome).decision.kind, "final")
  assert.equal(one.outbox.settled[1]?.[0]?.result, "refused")
})

test("the number of the attempt makes its pauses longer", async () => {
  const one = new OneMessage(TWO)
  one.outbox.onBegin = async ({ messageId, number }) => ({
    messageId,
    number,
    attempt: 4,
    body: "{}",
    checkSeconds: CHECK_SECONDS,
  })
  one.answers = [failure({})]
  await attempt(one, { call: EARLIER })
  assert.equal(one.run.nextWake.nextAt, NOON + 8 * SECOND)
  assert.equal(one.outbox.settled[0]?.[0]?.attempt, 4)
})

test("while WeCom cannot be reached, what did not arrive keeps its place in the queue", async () => {
  const one = new OneMessage({ ...TWO, sendAt: NOON - 5 * SECOND })
  one.governor.isUnreachable = true
  one.governor.nextProbeAtMs = NOON + 30 * SECOND
  one.answers = [failure({})]
  await attempt(one)
  assert.equal(one.run.nextWake.nextAt, NOON - 5 * SECOND)
  assert.equal(one.outbox.settled[0]?.[0]?.retryAt, undefined)
})

test("while WeCom cannot be reached, what may have arrived waits for the next probe", async () => {
  const one = new OneMessage(TWO)
  one.governor.isUnreachable = true
  one.governor.nextProbeAtMs = NOON + 30 * SECOND
  one.answers = [lost()]
  await attempt(one)
  assert.equal(one.run.nextWake.nextAt, NOON + 30 * SECOND)
  assert.equal(one.outbox.settled[0]?.[0]?.retryAt, NOON + 30 * SECOND)
})

test("a call that WeCom was busy for keeps its own pause, although the app cannot be reached", async () => {
  const one = new OneMessage(TWO)
  one.governor.isUnreachable = true
  one.governor.nextProbeAtMs = NOON + 30 * SECOND
  one.answers = [{ errcode: -1, errmsg: "system busy" }]
  await attempt(one)
  assert.equal(one.run.nextWake.nextAt, NOON + SECOND)
})

test("after 45009 the recipients are shown until when the app is closed, and keep their place", async () => {
  const one = new OneMessage({ ...TWO, sendAt: NOON - 5 * SECOND })
  one.governor.closedUntil = NOON + 60 * SECOND
  one.answers = [{ errcode: 45009, errmsg: "freq out of limit" }]
  await attempt(one)
  const detail = { delayedUntil: NOON + 60 * SECOND, reason: "app_rate" }
  assert.deepEqual(one.outbox.chunksNow[0]?.details, { 0: detail, 1: detail })
  assert.equal(one.run.nextWake.nextAt, NOON - 5 * SECOND)
  assert.deepEqual(one.finished, [])
})

test("after another refusal they are not, although the app is closed for it", async () => {
  const one = new OneMessage(TWO)
  one.governor.closedUntil = NOON + 60 * SECOND
  one.answers = [{ errcode: 45033, errmsg: "too many at once" }]
  await attempt(one)
  assert.deepEqual(one.outbox.chunksNow[0]?.details, {})
})

for (const [by, state] of [
  [{ by: "caller", intervalSeconds: 600 }, "suppressed"],
  [{ by: "gateway" }, "sent"],
] as const) {
  test(`an equal body of a moment ago: with the duplicate check of the ${by.by} the outcome is ${state}`, async () => {
    const one = new OneMessage({ ...TWO, duplicateCheck: by })
    const earlier = { messageId: "msg_0", number: 1, at: NOON - SECOND }
    one.outbox.onBegin = async ({ messageId, number }) => {
      return { messageId, number, attempt: 1, body: "{}", checkSeconds: CHECK_SECONDS, earlier }
    }
    await attempt(one)
    assert.deepEqual(one.outbox.chunksNow[0]?.states, [state, state])
  })
}

test("without an earlier one nothing is suppressed", async () => {
  const one = new OneMessage({ ...TWO, duplicateCheck: { by: "caller", intervalSeconds: 600 } })
  await attempt(one)
  assert.deepEqual(one.outbox.chunksNow[0]?.states, ["sent", "sent"])
})

test("an outcome that comes too late changes nothing here", async () => {
  const one = new OneMessage(TWO)
  one.outbox.onSettle = () => Promise.resolve([false])
  await attempt(one)
  assert.deepEqual([one.run.isFinished, one.finished], [false, []])
  const unknown = new OneMessage(TWO)
  unknown.outbox.onSettle = () => Promise.resolve([])
  await attempt(unknown)
  assert.deepEqual(unknown.finished, [])
})

test("recipients to be looked up anew are processed at once", async () => {
  const one = new OneMessage(TWO)
  one.answers = [after(one, 300, { invaliduser: "lisi" })]
  await attempt(one, { to: [ZHANGSAN, { ...LISI, remembered: [true] }] })
  assert.deepEqual(one.outbox.chunksNow[0]?.states, ["sent", "pending"])
  assert.equal(one.run.nextWake.nextAt, NOON + 300)
})

test("of a message in parts those who got one are to get the next", async () => {
  const one = new OneMessage({ ...TWO, parts: ["{}", "{}", "{}"] })
  one.answers = [{ invaliduser: "lisi" }]
  const { outcome, reservation } = await attempt(one, { part: 1, call: aCall({ part: 1 }) })
  assert.deepEqual(decided(outcome).survivors, [ZHANGSAN])
  assert.deepEqual(reservation.unreached, [["lisi"]])
  const { states, details } = one.outbox.chunksNow[0] ?? assert.fail()
  assert.deepEqual(states, ["pending", "invalid"])
  assert.equal(details[1]?.reason, "part_2_of_3_outside_visible_range")
})

const SETTLEMENT = {
  messageId: "msg_1",
  number: 3,
  attempt: 1,
  finishedAt: NOON,
  result: "accepted",
  final: true,
  spent: true,
  updates: [],
} as const

test("an outcome that cannot be stored is tried every second until it is, and that is logged", async () => {
  const one = new OneMessage(TWO)
  let tries = 0
  one.outbox.onSettle = async () => {
    if (++tries < 3) throw new StorageError("storage_full")
    return [true]
  }
  const settled = settleSurely(one.run, [SETTLEMENT])
  for (const expected of [1, 2]) {
    await immediate()
    assert.equal(tries, expected)
    one.machine.advance(999)
    await immediate()
    assert.equal(tries, expected)
    one.machine.advance(1)
  }
  assert.equal(await settled, true)
  assert.deepEqual(
    one.log.map(({ level, fields }) => [level, fields]),
    Array.from({ length: 2 }, () => ["error", { ...one.run.logFields, call: 3, code: "storage_full" }]),
  )
})

for (const error of [new StorageError("storage_closed"), new TypeError("a mistake of ours")]) {
  test(`${error.name} ${error.message} is not to be waited out`, async () => {
    const one = new OneMessage(TWO)
    one.outbox.onSettle = () => Promise.reject(error)
    await assert.rejects(settleSurely(one.run, [SETTLEMENT]), error)
    assert.deepEqual(one.machine.sleeps, [])
  })
}

test("a call of another agent than the app's goes out as it was frozen", async () => {
  const one = new OneMessage(TWO)
  const call: NewCall = aCall({ party: { ...PARTY, partyId: "1000003" } })
  await attempt(one, { call })
  assert.deepEqual(one.outbox.begun[0]?.frozen, call)
})
