import { judge } from "../core/judge.ts"
import type { AttemptFacts, Exchange, Verdict } from "../core/judge.ts"
import type { SendTime } from "../core/member-windows.ts"
import type { NewCall, Settlement, StartedCall } from "../core/ports/outbox.ts"
import { repeatUntil } from "../core/repeat-window.ts"
import { settle } from "../core/settlement.ts"
import { StorageError } from "../core/storage-error.ts"
import type { CarriedTarget } from "../core/target.ts"
import { point } from "../store/point.ts"
import type { Permit } from "./call-gate.ts"
import type { RunContext, RunDeps } from "./run-context.ts"
import { talk } from "./talk.ts"

/** One attempt of a call, about to be made. */
export interface Flight {
  readonly number: number
  /** From 0. */
  readonly part: number
  readonly targets: readonly CarriedTarget[]
  /** When it reaches its people, for their windows. */
  readonly send: SendTime
  /** The first attempt freezes the bytes; later ones know the earlier. */
  readonly call: NewCall | EarlierAttempts
}

interface EarlierAttempts {
  readonly firstTryAt: number
  readonly spentAttempts: number
  readonly crashes: number
  readonly mayHaveArrived: boolean
}

/** How a flight ended. `left_out`: the store knows better; nothing went out. */
export type Flown =
  | { readonly kind: "left_out" }
  | {
      readonly kind: "judged"
      readonly verdict: Verdict
      readonly errcode: number | undefined
      readonly survivors: readonly CarriedTarget[]
    }

/** Commits the intent, sends exactly the frozen bytes, commits what became of them. Gives the permit back. */
export async function fly(run: RunContext, flight: Flight, permit: Permit): Promise<Flown> {
  const { airspace } = run.deps
  const alone = "firstTryAt" in flight.call && flight.call.crashes >= CRASHES_THAT_ISOLATE
  await airspace.enter(alone)
  let hasLeft = false
  const leaveGate = (): void => {
    if (!hasLeft) run.desk.gate.leave(permit)
    hasLeft = true
  }
  try {
    const startedAt = run.now()
    const started = await begin(run, flight, startedAt)
    if (started === undefined) {
      flight.send.at = -Infinity
      return { kind: "left_out" }
    }
    const exchange = await send(run, flight, started)
    const finishedAt = run.now()
    const verdict = judge(exchange, factsOf(flight, started, startedAt), finishedAt, run.deps.random)
    flight.send.at = mayHaveReached(verdict) ? finishedAt : -Infinity
    await run.desk.report(verdict.news, permit)
    // The outcomes of large calls are stored one after another: none may pile up before that.
    if (!isLarge(flight)) leaveGate()
    return await land(run, flight, started, exchange, verdict, finishedAt)
  } finally {
    leaveGate()
    airspace.leave()
  }
}

/** In flight at two crashes of the process in a row: the next time it flies alone. */
const CRASHES_THAT_ISOLATE = 2
/** And three more while alone: it is not tried any more. */
export const CRASHES_THAT_PARK = 5

async function begin(run: RunContext, { number, call }: Flight, startedAt: number): Promise<StartedCall | undefined> {
  const { messageId, claim } = run.claimed
  const start = { messageId, claim, number, startedAt }
  const [started] = await run.deps.outbox.begin(["firstTryAt" in call ? start : { ...start, frozen: call }])
  return started
}

async function send(run: RunContext, flight: Flight, started: StartedCall): Promise<Exchange> {
  const { body, checkSeconds } = started
  // The last moment at which an equal body is still swallowed, should the first one have arrived.
  const mayRepeat = "firstTryAt" in flight.call && flight.call.mayHaveArrived && checkSeconds !== null
  const deadline = mayRepeat ? flight.call.firstTryAt + checkSeconds * 1000 : Infinity
  point("send.before_write")
  run.deps.airborne.add(airborneKey(started))
  return talk(run.desk.api, { path: "message/send", body, repeatable: checkSeconds !== null, deadline })
}

function factsOf({ targets, call }: Flight, { attempt, checkSeconds }: StartedCall, startedAt: number): AttemptFacts {
  const earlier = "firstTryAt" in call ? call : undefined
  return {
    targetCount: targets.length,
    checkSeconds,
    firstTryAt: earlier?.mayHaveArrived === true ? earlier.firstTryAt : startedAt,
    number: attempt,
    spentAttempts: earlier?.spentAttempts ?? 0,
    mayHaveArrived: earlier?.mayHaveArrived ?? false,
  }
}

function mayHaveReached(verdict: Verdict): boolean {
  if (verdict.kind === "halve") return false
  return verdict.kind === "accepted" || verdict.result === "in_doubt"
}

async function land(
  run: RunContext,
  flight: Flight,
  started: StartedCall,
  exchange: Exchange,
  verdict: Verdict,
  finishedAt: number,
): Promise<Flown> {
  const { message, partCount, desk, deps } = run
  const isSuppressed = started.earlier !== undefined && message.duplicateCheck.by === "caller"
  const { targets, part } = flight
  const delayedUntil = verdict.kind === "again" && verdict.news.kind === "throttled" ? desk.closedUntil() : undefined
  const settled = settle(
    { started, targets, part, partCount, isSuppressed, finishedAt },
    exchange,
    verdict,
    delayedUntil,
  )
  if (settled.strangers.length > 0) {
    deps.log.warn(
      { app: message.app, message: message.id, call: started.number, strangers: settled.strangers.length },
      "WeCom complains about recipients that the call did not name; ignored",
    )
  }
  const inTurn = isLarge(flight)
  if (inTurn) await deps.largeSettles.enter()
  try {
    if (await settleSurely(deps, settled.settlement)) run.settled(settled.finished)
  } finally {
    if (inTurn) deps.largeSettles.leave()
  }
  deps.airborne.delete(airborneKey(started))
  if (settled.hasNewOwners) run.rest.until(finishedAt)
  noteRest(run, flight, started, verdict, finishedAt)
  return { kind: "judged", verdict, errcode: settled.settlement.errcode, survivors: settled.survivors }
}

/** Rewriting a thousand recipients takes milliseconds, so that many of them in one commit would hold up everything else. */
function isLarge({ targets }: Flight): boolean {
  return targets.length > 100
}

function noteRest(run: RunContext, { call }: Flight, started: StartedCall, verdict: Verdict, finishedAt: number): void {
  if (verdict.kind !== "again") return
  // What waits for the app to go on keeps its place in the queue.
  const at = verdict.at ?? run.message.sendAt
  const wasInDoubt = "firstTryAt" in call && call.mayHaveArrived
  if (verdict.result !== "in_doubt" && !wasInDoubt) return run.rest.until(at)
  const firstTryAt = "firstTryAt" in call && call.mayHaveArrived ? call.firstTryAt : finishedAt
  run.rest.inDoubtUntil(Math.min(at, Math.max(repeatUntil(firstTryAt, started.checkSeconds), finishedAt)), firstTryAt)
}

/** Nothing that has gone out may stay unsettled for want of space: it is tried until it is kept. */
export async function settleSurely(
  { outbox, clock, log, stopping }: RunDeps,
  settlement: Settlement,
): Promise<boolean> {
  for (;;) {
    try {
      const [isSettled = false] = await outbox.settle([settlement])
      return isSettled
    } catch (error) {
      if (!(error instanceof StorageError) || error.code === "storage_closed") throw error
      log.error(
        { message: settlement.messageId, call: settlement.number, code: error.code },
        "an outcome cannot be stored yet",
      )
      await clock.sleep(SETTLE_AGAIN_MS, stopping)
    }
  }
}

const SETTLE_AGAIN_MS = 1000

export function airborneKey({ messageId, number }: { readonly messageId: string; readonly number: number }): string {
  return `${messageId}/${number}`
}
