import { decideAttempt, repeatUntil } from "@wecom-push/protocol/delivery"
import type { AttemptFacts, AttemptEnd, AttemptDecision } from "@wecom-push/protocol/delivery"
import type { Manifest } from "../domain/manifest.ts"
import type { SendTime } from "../limits/member-windows.ts"
import type { NewCall, Settlement, StartedCall } from "../ports/outbox.ts"
import { settle } from "../domain/settlement.ts"
import type { Settled } from "../domain/settlement.ts"
import { StorageError } from "../domain/storage-error.ts"
import type { CarriedTarget } from "../domain/target.ts"
import { point } from "../store/point.ts"
import type { AppDesk } from "./app-desk.ts"
import type { Permit } from "../limits/call-gate.ts"
import { countFinished } from "./count-finished.ts"
import type { RunContext, RunDeps } from "./run-context.ts"
import { talk } from "./talk.ts"

/** One attempt of a call, about to be made. */
export interface Flight {
  readonly number: number
  /** From 0. */
  readonly part: number
  readonly targets: Manifest
  /** When it reaches its people, for their windows. */
  readonly send: SendTime
  /** The first attempt freezes the bytes; later ones know the earlier. */
  readonly call: NewCall | EarlierAttempts
  /** What other messages have in it. */
  readonly riders: readonly Rider[]
}

export interface Rider {
  readonly messageId: string
  /** Of the call, within that message. */
  readonly number: number
  readonly targets: readonly CarriedTarget[]
}

interface EarlierAttempts {
  /** Steady: by the wall clock it is another time after that was set. */
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
      readonly verdict: AttemptDecision
      readonly errcode: number | undefined
      /** The bytes that went out. */
      readonly body: string
      readonly survivors: readonly CarriedTarget[]
      /** Who certainly got nothing by it, in whatever message. */
      readonly unreached: readonly CarriedTarget[]
      /** In their order. */
      readonly riders: readonly Settled[]
    }

/** Commits the intent, sends exactly the frozen bytes, commits what became of them. Gives the permit back. */
export async function fly(run: RunContext, flight: Flight, permit: Permit): Promise<Flown> {
  const { airspace } = run.deps
  const { gate, quota } = run.desk
  const alone = "firstTryAt" in flight.call && flight.call.crashes >= CRASHES_THAT_ISOLATE
  const turn = airspace.enter(alone)
  if (turn !== undefined) await turn
  let hasLeft = false
  const leaveGate = (): void => {
    if (!hasLeft) gate.leave(permit)
    hasLeft = true
  }
  try {
    const startedAt = run.now()
    const steadyStart = run.deps.clock.toSteady(startedAt)
    const [started] = await begin(run, flight, startedAt)
    if (started === undefined) {
      flight.send.at = -Infinity
      return { kind: "left_out" }
    }
    const mayFly = (await gate.takeOff(permit)) && !run.deps.stopping.aborted
    const tookOffAt = run.now()
    const exchange = mayFly ? await send(run, flight, started) : KEPT_BACK
    const finishedAt = run.now()
    if (mayFly) gate.noteExchange(finishedAt - tookOffAt)
    const judged = decideAttempt(exchange, factsOf(run, flight, started, steadyStart), finishedAt, run.deps.random)
    flight.send.at = mayHaveReached(judged) ? run.deps.clock.toSteady(finishedAt) : -Infinity
    const { clock } = run.deps
    const span = { from: clock.toSteady(tookOffAt), at: clock.toSteady(finishedAt) }
    const told = run.desk.report({ news: judged.health, permit, ...span })
    if (told !== undefined) await told
    const verdict = whenAppGoesOn(judged, run.desk)
    // The outcomes of large calls are stored one after another: none may pile up before that.
    if (!isLarge(flight)) leaveGate()
    const flown = await land(run, flight, started, exchange, verdict, finishedAt)
    if (quota !== undefined) await quota.giveBack(flown.unreached, startedAt)
    return flown
  } finally {
    leaveGate()
    airspace.leave()
  }
}

/**
 * While WeCom cannot be reached no call waits for longer than the app does. What did not arrive keeps its place in the
 * queue; what may have stands behind it, for its bytes may be what breaks the connection.
 */
function whenAppGoesOn(verdict: AttemptDecision, { isUnreachable, gate }: AppDesk): AttemptDecision {
  if (verdict.kind !== "again" || verdict.health.kind !== "unreachable" || !isUnreachable) return verdict
  return { ...verdict, at: verdict.result === "in_doubt" ? gate.closedUntil : undefined }
}

/** In flight at two crashes of the process in a row: the next time it flies alone. */
const CRASHES_THAT_ISOLATE = 2
/** And three more while alone: it is not tried any more. */
export const CRASHES_THAT_PARK = 5

/** The app was closed, or the gateway told to stop, between the intent and the first byte. */
const KEPT_BACK: AttemptEnd = {
  kind: "failure",
  failure: {
    code: "aborted",
    class: undefined,
    errcode: undefined,
    errmsg: "the app was closed, or the gateway stopped, before it went out",
    kind: undefined,
  },
}

function begin(run: RunContext, { number, call }: Flight, startedAt: number): Promise<readonly StartedCall[]> {
  const { messageId, claim } = run.claimed
  const frozen = "firstTryAt" in call ? undefined : call
  return run.deps.outbox.begin([{ messageId, claim, number, startedAt, ...(frozen !== undefined && { frozen }) }])
}

function send(run: RunContext, flight: Flight, started: StartedCall): Promise<AttemptEnd> {
  const { body, checkSeconds } = started
  // The last moment at which an equal body is still swallowed, should the first one have arrived.
  const mayRepeat = "firstTryAt" in flight.call && flight.call.mayHaveArrived && checkSeconds !== null
  // The client measures by steady time too.
  const deadline = mayRepeat ? flight.call.firstTryAt + checkSeconds * 1000 : Infinity
  point("send.before_write")
  run.deps.airborne.add(airborneKey(started))
  return talk(run.desk.api, { path: "message/send", body, repeatable: checkSeconds !== null, deadline })
}

function factsOf(
  { media, deps }: RunContext,
  flight: Flight,
  { attempt, checkSeconds }: StartedCall,
  steadyStart: number,
): AttemptFacts {
  const earlier = "firstTryAt" in flight.call ? flight.call : undefined
  return {
    targetCount: peopleIn(flight),
    checkSeconds,
    firstTryAt: deps.clock.toWall(earlier?.mayHaveArrived === true ? earlier.firstTryAt : steadyStart),
    number: attempt,
    spentAttempts: earlier?.spentAttempts ?? 0,
    mayHaveArrived: earlier?.mayHaveArrived ?? false,
    namesMedia: media !== undefined,
  }
}

function mayHaveReached(verdict: AttemptDecision): boolean {
  if (verdict.kind === "halve" || verdict.kind === "renew") return false
  return verdict.kind === "accepted" || verdict.result === "in_doubt"
}

async function land(
  run: RunContext,
  flight: Flight,
  started: StartedCall,
  exchange: AttemptEnd,
  verdict: AttemptDecision,
  finishedAt: number,
): Promise<Extract<Flown, { kind: "judged" }>> {
  const { message, partCount, desk, deps } = run
  const isSuppressed = started.earlier !== undefined && message.duplicateCheck.by === "caller"
  const { part, number, targets, riders } = flight
  const delayedUntil = verdict.kind === "again" && verdict.health.kind === "throttled" ? desk.closedUntil() : undefined
  const settleShare = (share: Rider): Settled => {
    const of = { started: { ...share, attempt: started.attempt }, targets: share.targets, part, partCount }
    return settle({ ...of, isSuppressed, finishedAt }, exchange, verdict, delayedUntil)
  }
  const settled = settleShare({ messageId: message.id, number, targets: targets.unpack() })
  const others = riders.map(settleShare)
  const shares = [settled, ...others]
  warnOfStrangers(run, started, shares)
  const inTurn = isLarge(flight)
  if (inTurn) await deps.largeSettles.enter()
  try {
    const settlements = others.map(({ settlement }) => ({
      ...settlement,
      ...(settlement.final && { dueAt: finishedAt }),
    }))
    if (await settleSurely(deps, [settled.settlement, ...settlements])) {
      run.settled(settled.finished)
      for (const { settlement } of shares) countFinished(run, settlement.patches)
    }
  } finally {
    if (inTurn) deps.largeSettles.leave()
  }
  deps.airborne.delete(airborneKey(started))
  if (settled.hasNewOwners) run.rest.until(finishedAt)
  noteRest(run, flight, started, verdict, finishedAt)
  const { errcode } = settled.settlement
  return {
    kind: "judged",
    verdict,
    errcode,
    body: started.body,
    survivors: settled.survivors,
    unreached: shares.flatMap((share) => share.unreached),
    riders: others,
  }
}

function warnOfStrangers({ deps, message }: RunContext, { number }: StartedCall, shares: readonly Settled[]): void {
  const ofFirst = shares[0]?.strangers ?? []
  const strangers = ofFirst.filter((id) => shares.every((share) => share.strangers.includes(id)))
  if (strangers.length === 0) return
  deps.log.warn(
    { app: message.app, message: message.id, call: number, strangers: strangers.length },
    "WeCom complains about recipients that the call did not name; ignored",
  )
}

/** What a flight means for a message that rode along and is at work still. */
export function noteShare(
  rider: RunContext,
  { verdict, riders }: Extract<Flown, { kind: "judged" }>,
  index: number,
): void {
  const settled = riders[index]
  if (settled === undefined) return
  rider.settled(settled.finished)
  if (settled.hasNewOwners) rider.rest.until(settled.settlement.finishedAt)
  if (verdict.kind === "again") rider.rest.until(rider.now() + LOOK_AFTER_RIDE_MS)
}

/** The store makes a message due when the call it is in ends without it; this is for what may be missed of that. */
export const LOOK_AFTER_RIDE_MS = 60_000

/** Rewriting a thousand recipients takes milliseconds, so that many of them in one commit would hold up everything else. */
function isLarge(flight: Flight): boolean {
  return peopleIn(flight) > 100
}

function peopleIn({ targets, riders }: Flight): number {
  return riders.reduce((sum, rider) => sum + rider.targets.length, targets.length)
}

function noteRest(
  run: RunContext,
  { call }: Flight,
  started: StartedCall,
  verdict: AttemptDecision,
  finishedAt: number,
): void {
  if (verdict.kind !== "again") return
  // What waits for the app to go on keeps its place in the queue.
  const at = verdict.at ?? run.placeInQueue()
  const wasInDoubt = "firstTryAt" in call && call.mayHaveArrived
  if (verdict.result !== "in_doubt" && !wasInDoubt) return run.rest.until(at)
  const firstTryAt = "firstTryAt" in call && call.mayHaveArrived ? run.deps.clock.toWall(call.firstTryAt) : finishedAt
  run.rest.inDoubtUntil(Math.min(at, Math.max(repeatUntil(firstTryAt, started.checkSeconds), finishedAt)), firstTryAt)
}

/**
 * Nothing that has gone out may stay unsettled for want of space: it is tried until it is kept.
 * @param settlements of one call: that of its own message first
 */
export async function settleSurely(
  { outbox, clock, log, stopping }: RunDeps,
  settlements: readonly [Settlement, ...Settlement[]],
): Promise<boolean> {
  for (;;) {
    try {
      const [isSettled = false] = await outbox.settle(settlements)
      return isSettled
    } catch (error) {
      if (!(error instanceof StorageError) || error.code === "storage_closed") throw error
      log.error(
        { message: settlements[0].messageId, call: settlements[0].number, code: error.code },
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
