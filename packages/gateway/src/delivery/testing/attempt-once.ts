import assert from "node:assert/strict"
import type { CallTarget } from "../../model/target.ts"
import { aTarget } from "../../model/testing/a-target.ts"
import { aCall, NOON } from "../../store/testing/build.ts"
import { makeAttempt } from "../call/attempt.ts"
import type { AttemptOutcome, AttemptPlan } from "../call/attempt.ts"
import type { Answer, OneMessage } from "./one-message.ts"

const SECOND = 1000

export const TWO = { to: ["1", "2"] }
export const ZHANGSAN = aTarget("zhangsan", 0)
export const LISI = aTarget("lisi", 1)

/** The state that earlier attempts of a call have left; times are steady. */
export const EARLIER = { kind: "app_message", firstTryAt: NOON - 60 * SECOND, spentAttempts: 0, mayHaveArrived: false }

interface Changes extends Partial<Omit<AttemptPlan, "reservation">> {
  readonly to?: readonly CallTarget[]
}

export function planFor(one: OneMessage, changes: Changes = {}) {
  const { to = [ZHANGSAN, LISI], ...others } = changes
  const reservation = one.governor.reserve("normal")
  return { number: 1, part: 0, targets: to, reservation, call: aCall(), shares: [], ...others }
}

export type Decided = Extract<AttemptOutcome, { kind: "decided" }>

/** Runs one attempt to its end. */
export async function attempt(one: OneMessage, changes: Changes = {}) {
  const plan = planFor(one, changes)
  const permit = one.governor.newPermit()
  const outcome = await makeAttempt(one.run, plan, permit)
  assert.equal(permit.isHeld, false, "the permit is not given back")
  return { permit, reservation: plan.reservation, outcome }
}

export function decided(outcome: AttemptOutcome): Decided {
  assert.ok(outcome.kind === "decided")
  return outcome
}

/** The answer after some time in the network. */
export function after(one: OneMessage, ms: number, answer: Exclude<Answer, (...args: never) => unknown>): Answer {
  return () => {
    one.machine.advance(ms)
    if (answer instanceof Error) throw answer
    return { errcode: 0, errmsg: "ok", msgid: "wecom-msgid", ...answer }
  }
}
