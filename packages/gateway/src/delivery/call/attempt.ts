import { decideAttempt, repeatUntil } from "@wecom-push/protocol/delivery"
import type { AttemptFacts, AttemptEnd, AttemptDecision } from "@wecom-push/protocol/delivery"
import type { Channel } from "../../channels/channel.ts"
import { wayNamed } from "../../channels/ways.ts"
import type { NewCall, Settlement, StartedCall } from "../../model/ports/outbox.ts"
import { settle } from "../../model/settlement.ts"
import type { Settled } from "../../model/settlement.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { CallTarget } from "../../model/target.ts"
import { point } from "../../model/ports/point.ts"
import type { Governor, Permit, Reservation } from "../../model/ports/governor.ts"
import { countFinished } from "./update-recipients.ts"
import { CallSpans } from "./call-spans.ts"
import type { RunContext } from "./run-context.ts"
import { aloneIfLarge } from "./alone-if-large.ts"
import { LONGEST_REQUEST_MS } from "../../wecom/call-once.ts"

/** One attempt of a call, about to be made. */
export interface AttemptPlan {
  readonly number: number
  /** From 0. */
  readonly part: number
  readonly targets: readonly CallTarget[]
  readonly reservation: Pick<Reservation, "renew" | "ended" | "settle">
  /** The first attempt freezes the bytes; later ones know the earlier. */
  readonly call: NewCall | EarlierAttempts
  /** The shares that other messages have in the call. */
  readonly shares: readonly CallShare[]
}

export interface CallShare {
  readonly messageId: string
  /** The number of the call within that message. */
  readonly number: number
  readonly targets: readonly CallTarget[]
  /** Undefined where this process does not work on that message. */
  readonly run?: RunContext
}

interface EarlierAttempts {
  /** The name of the call's kind. */
  readonly kind: string
  /** Steady time: a time of the wall clock would be wrong once the clock is set. */
  readonly firstTryAt: number
  readonly spentAttempts: number
  readonly mayHaveArrived: boolean
}

/** How an attempt ended. `left_out`: the store has a newer state, and nothing went out. */
export type AttemptOutcome =
  | { readonly kind: "left_out" }
  | {
      readonly kind: "decided"
      readonly decision: AttemptDecision
      readonly errcode: number | undefined
      /** The bytes that went out. */
      readonly body: string
      readonly survivors: readonly CallTarget[]
      /** All targets that certainly got nothing by it, of all messages in the call. */
      readonly unreached: readonly CallTarget[]
      /** In the order of the plan's shares. */
      readonly shares: readonly Settled[]
    }

/**
 * Commits the intent, sends exactly the frozen bytes, commits the outcome. Gives the permit back. Settles the reservation,
 * unless its targets go into other calls, which then use it.
 */
export async function makeAttempt(run: RunContext, plan: AttemptPlan, given: Permit): Promise<AttemptOutcome> {
  // The calls that follow from a refused one need permits of their own, and might wait for this one.
  using permit = given
  const { clock } = run.deps
  const { governor } = run.runtime
  try {
    const startedAt = run.now()
    const steadyStart = clock.toSteady(startedAt)
    const [started] = await begin(run, plan, startedAt, clock.setByMs)
    if (started === undefined) return { kind: "left_out" }
    const runs = runsIn(run, plan)
    const hasSocket = await takeSocket(runs, permit)
    // The hold is for a request that begins now and ends in time, even if this process is paused.
    const latest = clock.steady.now() + LONGEST_REQUEST_MS
    const maySend = hasSocket && (await plan.reservation.renew()) && !runs.some((one) => one.mayNotSend())
    const sentAt = run.now()
    const exchange = maySend ? await send(run, plan, started, latest) : KEPT_BACK
    const finishedAt = run.now()
    const clockSetMs = clock.setByMs
    if (maySend) permit.noteExchange(finishedAt - sentAt)
    const decided = decideAttempt(exchange, factsOf(run, plan, started, steadyStart), finishedAt, run.deps.random)
    plan.reservation.ended(mayHaveReached(decided) ? clock.toSteady(finishedAt) : undefined)
    const span = { from: clock.toSteady(sentAt), at: clock.toSteady(finishedAt) }
    const told = governor.report({ health: decided.health, permit, message: run.message.id, ...span })
    if (told !== undefined) await told
    const decision = whenAppReopens(decided, governor)
    // The outcomes of large calls are stored one after another: none may pile up before that.
    if (!isLarge(plan)) permit[Symbol.dispose]()
    const outcome = await settleAttempt(run, plan, started, exchange, decision, { finishedAt, clockSetMs })
    if (decision.kind !== "halve" && decision.kind !== "renew") await plan.reservation.settle(outcome.unreached)
    return outcome
  } catch (error) {
    // The intent may be stored: the call then goes out later, with its reserved part of the day's quota.
    await plan.reservation.settle([])
    throw error
  }
}

/**
 * While WeCom cannot be reached, no call waits for longer than the app does. A call that did not arrive keeps its place in
 * the queue; a call that may have arrived goes to the end, for its bytes may be the reason why the connection breaks.
 */
function whenAppReopens(
  decision: AttemptDecision,
  { isUnreachable, nextProbeAtMs }: Pick<Governor, "isUnreachable" | "nextProbeAtMs">,
): AttemptDecision {
  if (decision.kind !== "again" || decision.health.kind !== "unreachable" || !isUnreachable) return decision
  return { ...decision, at: decision.result === "in_doubt" ? nextProbeAtMs : undefined }
}

/**
 * Between the intent and the first byte, the app was closed, its configuration or a message was changed, or the gateway was
 * stopped.
 */
const KEPT_BACK: AttemptEnd = {
  kind: "failure",
  failure: {
    code: "aborted",
    class: undefined,
    errcode: undefined,
    errmsg:
      "the app was closed or changed, the message changed, or the gateway stopped or stood still, before it went out",
    kind: undefined,
  },
}

function begin(
  run: RunContext,
  { number, part, call }: AttemptPlan,
  startedAt: number,
  clockSetMs: number,
): Promise<readonly StartedCall[]> {
  const { messageId, claim } = run.claimed
  const frozen = "firstTryAt" in call ? undefined : call
  // For a repeat the earlier body is read, which is as much work.
  const text = frozen?.body ?? run.message.parts[part] ?? ""
  return aloneIfLarge(run.deps, text, () =>
    run.deps.outbox.begin([
      { messageId, claim, number, startedAt, clockSetMs, ...(frozen !== undefined && { frozen }) },
    ]),
  )
}

/** The runs of all messages in the call that are at work here. */
function runsIn(run: RunContext, { shares }: AttemptPlan): readonly RunContext[] {
  return shares.length === 0 ? [run] : [run, ...shares.flatMap(({ run: sharer }) => sharer ?? [])]
}

/**
 * While WeCom is slow a socket may take seconds. A caller that cancels one of the messages meanwhile, or changes the app,
 * neither waits for that nor sees the call go out after it.
 */
function takeSocket(runs: readonly RunContext[], permit: Permit): boolean | Promise<boolean> {
  if (runs.some((run) => run.isHalted())) return false
  const asked = permit.startSending()
  return asked instanceof Promise ? unlessHalted(runs, permit, asked) : asked
}

async function unlessHalted(runs: readonly RunContext[], permit: Permit, asked: Promise<boolean>): Promise<boolean> {
  for (const run of runs) run.startWaiting(permit)
  try {
    return await asked
  } finally {
    for (const run of runs) run.stopWaiting(permit)
  }
}

async function send(run: RunContext, plan: AttemptPlan, started: StartedCall, latest: number): Promise<AttemptEnd> {
  const { body, checkSeconds } = started
  // The last moment at which WeCom still swallows an equal body, if the first one has arrived.
  const mayRepeat = "firstTryAt" in plan.call && plan.call.mayHaveArrived && checkSeconds !== null
  // The client measures by steady time too.
  const deadline = mayRepeat ? Math.min(latest, plan.call.firstTryAt + checkSeconds * 1000) : latest
  using spans = new CallSpans(run, { ...plan, kind: plan.call.kind }, started)
  point("send.before_write")
  run.deps.unsettled.add(callKey(started))
  const end = await wayOf(run, plan).send({ body, repeatable: checkSeconds !== null, deadline, trace: spans.trace })
  spans.noteEnd(end)
  return end
}

/** A call of a kind for which the app has no channel does not come here: it was left to rest, or closed, before. */
function wayOf({ runtime }: RunContext, { call }: AttemptPlan): Channel {
  return wayNamed(runtime, call.kind) ?? runtime.channel
}

function factsOf(
  run: RunContext,
  plan: AttemptPlan,
  { attempt, checkSeconds }: StartedCall,
  steadyStart: number,
): AttemptFacts {
  const { media, deps } = run
  const earlier = "firstTryAt" in plan.call ? plan.call : undefined
  return {
    kind: wayOf(run, plan).kind,
    targetCount: peopleIn(plan),
    checkSeconds,
    firstTryAt: deps.clock.toWall(earlier?.mayHaveArrived === true ? earlier.firstTryAt : steadyStart),
    number: attempt,
    spentAttempts: earlier?.spentAttempts ?? 0,
    mayHaveArrived: earlier?.mayHaveArrived ?? false,
    namesMedia: media !== undefined,
  }
}

function mayHaveReached(decision: AttemptDecision): boolean {
  return decision.kind === "accepted" || ("result" in decision && decision.result === "in_doubt")
}

async function settleAttempt(
  run: RunContext,
  plan: AttemptPlan,
  started: StartedCall,
  exchange: AttemptEnd,
  decision: AttemptDecision,
  { finishedAt, clockSetMs }: Pick<Settlement, "finishedAt"> & { readonly clockSetMs: number },
): Promise<Extract<AttemptOutcome, { kind: "decided" }>> {
  const { message, partCount, runtime, deps } = run
  const { number: call, attempt } = started
  using _ = run.begin("settle call", {
    "wecom_push.call": call,
    "wecom_push.attempt": attempt,
    "wecom_push.result": "result" in decision ? decision.result : decision.kind,
  })
  const isSuppressed = started.earlier !== undefined && message.duplicateCheck.by === "caller"
  const { part, number, targets, shares } = plan
  const delayedUntil =
    decision.kind === "again" && decision.health.kind === "throttled" ? runtime.governor.closedUntilMs() : undefined
  const settleShare = (share: CallShare): Settled => {
    const of = {
      kind: wayOf(run, plan).kind,
      started: { ...share, attempt: started.attempt },
      targets: share.targets,
      part,
      partCount,
      otherApp: run.otherApp,
    }
    const settled = settle({ ...of, isSuppressed, finishedAt }, exchange, decision, delayedUntil)
    return { ...settled, settlement: { ...settled.settlement, clockSetMs } }
  }
  const settled = settleShare({ messageId: message.id, number, targets })
  const others = shares.map(settleShare)
  const all = [settled, ...others]
  warnOfUnknownIds(run, started, all)
  {
    using _alone = isLarge(plan) ? await deps.largeSettles.take() : undefined
    const settlements = others.map(({ settlement }) => ({
      ...settlement,
      ...(settlement.final && { dueAt: finishedAt }),
    }))
    if (await settleSurely(run, [settled.settlement, ...settlements])) {
      run.settled(settled.finished)
      for (const { settlement } of all) countFinished(run, settlement.updates)
    }
  }
  deps.unsettled.delete(callKey(started))
  // The clock may have been set while the outcome was stored.
  const movedMs = deps.clock.setByMs - clockSetMs
  if (settled.hasNewOwners) run.nextWake.until(finishedAt + movedMs)
  noteNextWake(run, plan, started, moved(decision, movedMs), finishedAt + movedMs)
  const { errcode } = settled.settlement
  return {
    kind: "decided",
    decision,
    errcode,
    body: started.body,
    survivors: settled.survivors,
    unreached: all.flatMap((share) => share.unreached),
    shares: others,
  }
}

function warnOfUnknownIds(run: RunContext, { number }: StartedCall, shares: readonly Settled[]): void {
  const ofFirst = shares[0]?.unknownIds ?? []
  const unknownIds = ofFirst.filter((id) => shares.every((share) => share.unknownIds.includes(id)))
  if (unknownIds.length === 0) return
  run.deps.log.warn(
    { ...run.logFields, call: number, unknownIds: unknownIds.length },
    "WeCom reported recipients that the call did not name; ignored",
  )
}

/** Tells a message that shares the call, and is still at work, what an attempt means for it. */
export function noteShare(
  sharer: RunContext,
  { decision, shares }: Extract<AttemptOutcome, { kind: "decided" }>,
  index: number,
): void {
  const settled = shares[index]
  if (settled === undefined) return
  sharer.settled(settled.finished)
  if (settled.hasNewOwners) sharer.nextWake.until(settled.settlement.finishedAt)
  if (decision.kind === "again") sharer.nextWake.until(sharer.now() + LOOK_AFTER_SHARED_CALL_MS)
}

/**
 * The store makes a message due when the call that it shares ends without it. If that failed, this check finds the message.
 */
export const LOOK_AFTER_SHARED_CALL_MS = 60_000

/** Rewriting a thousand recipients takes milliseconds, so that many of them in one commit would delay everything else. */
function isLarge(plan: AttemptPlan): boolean {
  return peopleIn(plan) > 100
}

function peopleIn({ targets, shares }: AttemptPlan): number {
  return shares.reduce((sum, share) => sum + share.targets.length, targets.length)
}

function moved(decision: AttemptDecision, byMs: number): AttemptDecision {
  if (decision.kind !== "again" || decision.at === undefined) return decision
  return { ...decision, at: decision.at + byMs }
}

function noteNextWake(
  run: RunContext,
  { call }: AttemptPlan,
  started: StartedCall,
  decision: AttemptDecision,
  finishedAt: number,
): void {
  if (decision.kind !== "again") return
  // A message that waits for its app keeps its place in the queue.
  const at = decision.at ?? run.queuePosition()
  const wasInDoubt = "firstTryAt" in call && call.mayHaveArrived
  if (decision.result !== "in_doubt" && !wasInDoubt) return run.nextWake.until(at)
  const firstTryAt = "firstTryAt" in call && call.mayHaveArrived ? run.deps.clock.toWall(call.firstTryAt) : finishedAt
  run.nextWake.inDoubtUntil(
    Math.min(at, Math.max(repeatUntil(firstTryAt, started.checkSeconds), finishedAt)),
    firstTryAt,
  )
}

/**
 * A call that has gone out must not stay unsettled because the disk is full: storing is tried until it succeeds.
 * @param settlements of one call: that of its own message first
 */
export async function settleSurely(
  run: Pick<RunContext, "deps" | "logFields">,
  settlements: readonly [Settlement, ...Settlement[]],
): Promise<boolean> {
  const { outbox, clock, log, stopping } = run.deps
  for (;;) {
    try {
      const [isSettled = false] = await outbox.settle(settlements)
      return isSettled
    } catch (error) {
      if (!(error instanceof StorageError) || error.code === "storage_closed") throw error
      log.error(
        { ...run.logFields, call: settlements[0].number, code: error.code },
        "could not store the result of a call; trying again",
      )
      await clock.sleep(SETTLE_AGAIN_MS, stopping)
    }
  }
}

const SETTLE_AGAIN_MS = 1000

export function callKey({ messageId, number }: { readonly messageId: string; readonly number: number }): string {
  return `${messageId}/${number}`
}
