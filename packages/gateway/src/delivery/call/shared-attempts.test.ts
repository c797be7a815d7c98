import assert from "node:assert/strict"
import { test } from "node:test"
import type { CallTarget } from "../../model/target.ts"
import { NOON } from "../../store/testing/build.ts"
import { noteShare } from "./attempt.ts"
import { after, attempt, decided, ZHANGSAN } from "../testing/attempt-once.ts"
import { OneMessage } from "../testing/one-message.ts"
import { aTarget } from "../../model/testing/a-target.ts"
import type { Answer } from "../testing/one-message.ts"

const SECOND = 1000

const SHARES = [
  { messageId: "msg_2", number: 4, targets: [aTarget("wangwu", 0)] },
  { messageId: "msg_3", number: 5, targets: [aTarget("zhaoliu", 0)] },
]

test("a shared call is settled for each message in one commit, and those who share it are due then", async () => {
  const one = new OneMessage({ to: ["1"] })
  one.answers = [after(one, 300, { invaliduser: "wangwu" })]
  const { outcome, reservation } = await attempt(one, { to: [ZHANGSAN], shares: SHARES })
  const settlements = one.outbox.settled[0] ?? assert.fail()
  assert.deepEqual(
    settlements.map(({ messageId, number, attempt, final, dueAt }) => [messageId, number, attempt, final, dueAt]),
    [
      ["msg_1", 1, 1, true, undefined],
      ["msg_2", 4, 1, true, NOON + 300],
      ["msg_3", 5, 1, true, NOON + 300],
    ],
  )
  assert.deepEqual(
    settlements.map(({ updates }) => updates.map(({ state }) => state)),
    [["sent"], ["invalid"], ["sent"]],
  )
  const { shares, unreached } = decided(outcome)
  assert.deepEqual(
    shares.map(({ settlement }) => settlement.messageId),
    ["msg_2", "msg_3"],
  )
  assert.deepEqual(
    unreached.map(({ id }) => id),
    ["wangwu"],
  )
  assert.deepEqual(reservation.unreached, [["wangwu"]])
  assert.equal(one.finished.length, 3)
  assert.equal(one.run.isFinished, true)
})

test("while a shared call is to go out again, those who share it are not made due by it", async () => {
  const one = new OneMessage({ to: ["1"] })
  one.answers = [{ errcode: -1, errmsg: "system busy" }]
  await attempt(one, { to: [ZHANGSAN], shares: SHARES })
  assert.deepEqual(
    one.outbox.settled[0]?.map(({ final, dueAt }) => [final, dueAt]),
    Array.from({ length: 3 }, () => [false, undefined]),
  )
})

test("complaints about people whom no message of the call named are reported, and no others", async () => {
  const one = new OneMessage({ to: ["1"] })
  one.answers = [{ invaliduser: "stranger|wangwu|zhangsan|other" }]
  await attempt(one, { to: [ZHANGSAN], shares: SHARES })
  assert.deepEqual(
    one.log.map(({ level, fields }) => [level, fields]),
    [["warn", { app: "alerts", message: "msg_1", call: 1, unknownIds: 2 }]],
  )
  const alone = new OneMessage({ to: ["1"] })
  alone.answers = [{ invaliduser: "stranger" }]
  await attempt(alone, { to: [ZHANGSAN] })
  assert.equal(alone.log.length, 1)
  const quiet = new OneMessage({ to: ["1"] })
  quiet.answers = [{ invaliduser: "wangwu|zhangsan" }]
  await attempt(quiet, { to: [ZHANGSAN], shares: SHARES })
  assert.deepEqual(quiet.log, [])
})

/** A message with a share in a shared call that ended with this answer. */
async function sharerAfter(answer: Answer, target: CallTarget): Promise<OneMessage> {
  const one = new OneMessage({ to: ["1"] })
  one.answers = [answer]
  const shares = [{ messageId: "msg_2", number: 4, targets: [target] }]
  const { outcome } = await attempt(one, { to: [ZHANGSAN], shares })
  const sharer = new OneMessage({ id: "msg_2", to: ["2"] })
  sharer.machine.advance(SECOND)
  noteShare(sharer.run, decided(outcome), 1)
  assert.deepEqual([sharer.run.isFinished, sharer.run.nextWake.nextAt], [false, Infinity], "there is no second share")
  noteShare(sharer.run, decided(outcome), 0)
  return sharer
}

test("a message that shares a call is finished with it", async () => {
  const sharer = await sharerAfter({}, aTarget("lisi", 0))
  assert.deepEqual([sharer.run.isFinished, sharer.run.nextWake.nextAt], [true, Infinity])
})

test("a call with a recipient to be looked up anew comes again at once", async () => {
  const sharer = await sharerAfter({ invaliduser: "lisi" }, { ...aTarget("lisi", 0), remembered: [true] })
  assert.deepEqual([sharer.run.isFinished, sharer.run.nextWake.nextAt], [false, NOON])
})

test("one that shares a call which goes out again looks after a minute whether that is over", async () => {
  const sharer = await sharerAfter({ errcode: -1, errmsg: "system busy" }, aTarget("lisi", 0))
  assert.deepEqual([sharer.run.isFinished, sharer.run.nextWake.nextAt], [false, NOON + 61 * SECOND])
})
