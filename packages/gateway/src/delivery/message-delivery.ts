import { setImmediate as nextTurn } from "node:timers/promises"
import { halvesOf, Halving, repeatUntil } from "@wecom-push/protocol/delivery"
import { packTargets } from "../domain/packed-targets.ts"
import { RecipientUpdates } from "../domain/recipient-updates.ts"
import type { ClaimedMessage, NewCall } from "../ports/outbox.ts"
import { chunkOf, slotOf } from "../domain/recipients.ts"
import type { RecipientChunk } from "../domain/recipients.ts"
import type { CallTarget } from "../domain/target.ts"
import type { AppRuntime } from "./app-runtime.ts"
import type { Permit } from "../limits/call-gate.ts"
import { countFinished } from "./count-finished.ts"
import { expire } from "./expire.ts"
import { makeAttempt, LOOK_AFTER_SHARED_CALL_MS } from "./attempt.ts"
import type { AttemptPlan, AttemptOutcome } from "./attempt.ts"
import { freezeCall } from "./freeze.ts"
import { giveUp } from "./give-up.ts"
import { CallPlanner, isGroupType } from "./call-planner.ts"
import type { Draft } from "./call-planner.ts"
import { readOpenCalls } from "./recover-calls.ts"
import type { OpenCall } from "./recover-calls.ts"
import { FIRST_PART, readNextParts } from "./next-part.ts"
import { NextWake } from "./next-wake.ts"
import { withinQuota } from "./within-quota.ts"
import { RunContext } from "./run-context.ts"
import type { RunDeps } from "./run-context.ts"

/**
 * Works on one claimed message until there is nothing to be done for it now: repeats what waits to be repeated, turns
 * the other pending recipients into calls and sends those, side by side where nothing asks for an order.
 */
export class MessageDelivery {
  readonly #run: RunContext
  readonly #attempts: Promise<void>[] = []
  #failure: { readonly error: unknown } | undefined
  readonly #halving = new Halving()

  constructor(deps: RunDeps, runtime: AppRuntime, claimed: ClaimedMessage) {
    this.#run = new RunContext(deps, runtime, claimed)
  }

  /** What goes out next must be read anew. */
  interrupt(): void {
    this.#run.interrupt()
  }

  /** Somebody else has the message. */
  lose(): void {
    this.#run.lose()
  }

  /** @returns undefined when it is not this run that gives the message back */
  async work(): Promise<NextWake | undefined> {
    const run = this.#run
    try {
      await this.#work()
    } finally {
      // Whatever happened, what is under way ends before anybody else may touch the message.
      await this.#attemptsEnded()
      run.endSends()
    }
    if (this.#failure !== undefined) throw this.#failure.error
    return run.isLost || run.isFinished ? undefined : run.nextWake
  }

  async #work(): Promise<void> {
    const run = this.#run
    if (run.isExpired()) return this.#expire()
    const open = run.claimed.callCount === 0 ? [] : await readOpenCalls(run)
    for (const call of open) await this.#repeat(call)
    if (!run.isHalted()) await this.#sendNew(open)
    await this.#attemptsEnded()
    if (run.isExpired() && !run.isHalted()) return this.#expire()
  }

  /** Not at once when it is only a clock that was set which says so. */
  async #expire(): Promise<void> {
    const until = this.#run.expiryGraceUntil()
    if (until === undefined) await this.#seeOff()
    else this.#run.nextWake.until(until)
  }

  /** Past its time nothing begins any more; a call that may have arrived is repeated to its end all the same. */
  async #seeOff(): Promise<void> {
    const run = this.#run
    await expire(run)
    for (let open = await inDoubt(run); open.length > 0 && !run.isHalted(); open = await inDoubt(run)) {
      run.nextWake = new NextWake()
      for (const call of open) await this.#repeat(call)
      await this.#attemptsEnded()
      // The message stays claimed meanwhile, or it would come back as expired again and again.
      await run.pause(Math.max(run.nextWake.nextAt - run.now(), SHORTEST_PAUSE_MS))
    }
  }

  /** Starts another attempt of a call if it is time. */
  async #repeat(open: OpenCall): Promise<void> {
    const { nextWake, runtime, message, deps } = this.#run
    const { call, body, targets, shares } = open
    // Its owner repeats it, and the store says when that is over.
    if (call.partOf !== undefined) return nextWake.until(this.#run.now() + LOOK_AFTER_SHARED_CALL_MS)
    const wait = (at: number): void => {
      if (call.mayHaveArrived) nextWake.inDoubtUntil(at, call.firstTryAt)
      else nextWake.until(at)
    }
    const now = this.#run.now()
    if (call.retryAt !== undefined && call.retryAt > now) return wait(call.retryAt)
    const everybody = [...targets, ...shares.flatMap((share) => share.targets)]
    const members = everybody.filter(({ kind }) => kind === "user").map(({ key }) => key)
    const steadyFreeAt = runtime.windows.freeAt(members, deps.clock.steady.now())
    const freeAt = steadyFreeAt === undefined ? undefined : deps.clock.toWall(steadyFreeAt)
    // What may have arrived is repeated while that settles it; what did not has all the time it takes.
    const settlesUntil = call.mayHaveArrived ? repeatUntil(call.firstTryAt, call.checkSeconds ?? 0) : Infinity
    if (freeAt !== undefined && freeAt < settlesUntil) return wait(freeAt)
    // Before it waits for leave to send, or others would take the same room meanwhile.
    const send = this.#run.newSend()
    for (const key of members) runtime.windows.record(key, send)
    let permit: Permit | undefined
    try {
      await runtime.quota?.carryOver(everybody, call.firstTryAt)
      permit = await this.#permit()
    } finally {
      if (permit === undefined) send.at = -Infinity
    }
    if (permit === undefined) return wait(runtime.closedUntil() ?? now)
    deps.log.info(
      { app: message.app, message: message.id, call: call.number, bytes: body.length },
      "a call is repeated",
    )
    const { number, part, spentAttempts, crashes, firstTryAt, mayHaveArrived } = call
    const earlier = { spentAttempts, crashes, firstTryAt: deps.clock.toSteady(firstTryAt), mayHaveArrived }
    this.#start(this.#makeAttempt({ number, part, targets: packTargets(targets), send, call: earlier, shares }, permit))
  }

  async #sendNew(open: readonly OpenCall[]): Promise<void> {
    const run = this.#run
    const { callCount, chunkCount } = run.claimed
    const planner = new CallPlanner(run, open, callCount === 0 ? FIRST_PART : await readNextParts(run))
    const groupsFrom = chunkCount === 1 ? 1 : await this.#takeGroups(planner)
    // After the first call others may stand for those who are still pending, so that all of them have to be looked at.
    const pendingOnly = callCount === 0
    for (let from = 0; ;) {
      const chunk = this.#claimedChunk(from, pendingOnly) ?? (await this.#readChunk(from, pendingOnly))
      if (chunk === undefined || run.isHalted() || run.isExpired()) break
      from = chunk.index + 1
      await planner.take(chunk, chunk.index >= groupsFrom ? "members" : "all")
      for (let full = planner.takeFull(); full !== undefined; full = planner.takeFull()) {
        if (!(await this.#launch(...full))) return planner.abandon()
      }
      if (chunkCount > 1) {
        // Where WeCom is fast, outcomes would pile up behind new calls, each with its thousand people in memory.
        await run.deps.largeSettles.pass()
        // A thousand chunks without a pause would hold up everything else.
        await nextTurn()
      }
    }
    for (let next = planner.takeNext(); next !== undefined; next = planner.takeNext()) {
      if (!(await this.#launch(...next))) return planner.abandon()
    }
    if (planner.duplicates.length === 0) return
    await this.#attemptsEnded()
    await this.#copyToDuplicates(planner)
  }

  /** Departments and tags stand at the end and travel in the first call. @returns the first chunk whose are taken */
  async #takeGroups(planner: CallPlanner): Promise<number> {
    let from = this.#run.claimed.chunkCount
    while (from > 0) {
      const chunk = await this.#readChunk(from - 1, false)
      if (chunk === undefined || !isGroupType(chunk.types.at(-1))) break
      from--
      await planner.take(chunk, "groups")
      if (!isGroupType(chunk.types[0])) break
    }
    return from
  }

  /** What was claimed is as good as new until this run has done something. */
  #claimedChunk(from: number, pendingOnly: boolean): RecipientChunk | undefined {
    const { chunk, callCount } = this.#run.claimed
    return from === 0 && pendingOnly && callCount === 0 ? chunk : undefined
  }

  async #readChunk(from: number, pendingOnly: boolean): Promise<RecipientChunk | undefined> {
    const { message, claimed, deps } = this.#run
    if (from >= claimed.chunkCount) return undefined
    const [chunk] = await deps.outbox.chunks({ messageId: message.id, from, count: 1, pendingOnly })
    return chunk
  }

  /** @returns false when nothing more may go out now */
  async #launch(part: number, { targets: wanted, send }: Draft): Promise<boolean> {
    const run = this.#run
    // Before there is leave to send: a long upload must not keep others from sending.
    if (run.media !== undefined && (await run.media.filled(part)) === undefined) {
      send.at = -Infinity
      return false
    }
    const { sharing, quota } = run.runtime
    const targets = quota === undefined ? wanted : await withinQuota(run, quota, wanted)
    if (targets.length === 0) {
      send.at = -Infinity
      return true
    }
    if (sharing?.takes(run, targets) === true) {
      this.#start(sharing.join({ run, targets, send }))
      return true
    }
    const permit = await this.#permit()
    if (permit === undefined) {
      send.at = -Infinity
      run.nextWake.until(run.queuePosition())
      await quota?.giveBack(targets, run.now())
      return false
    }
    this.#start(this.#makeAttempt({ number: run.nextCallNumber(), part, targets: packTargets(targets), send }, permit))
    return true
  }

  async #permit(): Promise<Permit | undefined> {
    const { runtime, message } = this.#run
    const entering = runtime.gate.enter(message.priority, this.#run.now())
    const permit = entering instanceof Promise ? await this.#unlessHalted(entering) : entering
    if (permit === undefined || !(this.#run.isHalted() || this.#failure !== undefined)) return permit
    runtime.gate.leave(permit)
    return undefined
  }

  /** Whoever waits for leave to send while WeCom is slow must not hold up a cancel. */
  async #unlessHalted(entering: Promise<Permit | undefined>): Promise<Permit | undefined> {
    const permit = await Promise.race([entering, this.#run.halted()])
    if (permit === undefined) void this.#giveBack(entering)
    return permit
  }

  async #giveBack(entering: Promise<Permit | undefined>): Promise<void> {
    const permit = await entering
    if (permit !== undefined) this.#run.runtime.gate.leave(permit)
  }

  #start(attempt: Promise<void>): void {
    const ended = attempt.catch((error: unknown) => {
      this.#failure ??= { error }
    })
    this.#attempts.push(ended)
  }

  async #attemptsEnded(): Promise<void> {
    while (this.#attempts.length > 0) await Promise.all(this.#attempts.splice(0))
  }

  async #makeAttempt(plan: NewAttemptPlan, permit: Permit): Promise<void> {
    const run = this.#run
    const { number, part, targets, send } = plan
    const call = plan.call ?? (await this.#freeze(plan, permit))
    if (call === undefined) {
      await run.runtime.quota?.giveBack(targets.unpack(), run.now())
      return
    }
    const outcome = await makeAttempt(run, { number, part, targets, send, call, shares: plan.shares ?? [] }, permit)
    if (outcome.kind === "left_out") {
      if (plan.call === undefined) await run.runtime.quota?.giveBack(targets.unpack(), run.now())
      return run.interrupt()
    }
    if (outcome.verdict.kind === "halve") return this.#halve(targets.unpack(), part, outcome.errcode)
    if (outcome.verdict.kind === "renew") return this.#renew(targets.unpack(), part, outcome)
    if (outcome.verdict.kind === "accepted") this.#halving.accepted()
    if (outcome.verdict.kind === "final" && outcome.verdict.state === "invalid") this.#halving.refused(1)
    if (outcome.survivors.length > 0) await this.#sendNextPart(outcome.survivors, part + 1)
  }

  /** @returns undefined when it cannot go out now; the permit is given back then */
  async #freeze({ number, part, targets, send }: NewAttemptPlan, permit: Permit): Promise<NewCall | undefined> {
    const run = this.#run
    let call: NewCall | undefined
    try {
      const share = { run, number, targets: targets.unpack() }
      if (run.media === undefined) return (call = await freezeCall(part, share, []))
      const text = await run.media.filled(part)
      if (text !== undefined) call = await freezeCall(part, share, [], text)
      return call
    } finally {
      if (call === undefined) {
        send.at = -Infinity
        run.runtime.gate.leave(permit)
      }
    }
  }

  /** WeCom no longer takes the id of a file. It refused the call for good, so that another body may be frozen. */
  async #renew(targets: readonly CallTarget[], part: number, { body, errcode }: Judged): Promise<void> {
    const run = this.#run
    if ((await run.media?.renew(part, body)) !== true) {
      await run.update({ updates: [], problem: { code: "call_refused", ...(errcode !== undefined && { errcode }) } })
      return giveUp(run, targets, part, errcode)
    }
    if ((await run.media?.filled(part)) !== undefined) await this.#sendOn(targets, part)
  }

  async #halve(targets: readonly CallTarget[], part: number, errcode: number | undefined): Promise<void> {
    if (this.#halving.refused(targets.length) === "give_up") return giveUp(this.#run, targets, part, errcode)
    for (const half of halvesOf(targets)) await this.#sendOn(half, part)
  }

  /** Parts come one after another, because WeCom promises no order. */
  async #sendNextPart(targets: readonly CallTarget[], part: number): Promise<void> {
    const { nextWake } = this.#run
    const send = this.#run.newSend()
    const admitted: CallTarget[] = []
    const updates = new RecipientUpdates()
    for (const target of targets) {
      const delayedUntil = this.#run.admit(target.key, send)
      if (delayedUntil === undefined) admitted.push(target)
      else {
        nextWake.until(delayedUntil)
        for (const position of target.positions)
          updates.add(position, { state: "pending", detail: { delayedUntil, reason: "member_rate" } })
      }
    }
    if (!updates.isEmpty) await this.#run.update({ updates: updates.list() })
    const { quota } = this.#run.runtime
    const going = quota === undefined ? admitted : await withinQuota(this.#run, quota, admitted)
    if (going.length > 0) await this.#sendOn(going, part, send)
    else send.at = -Infinity
  }

  async #sendOn(targets: readonly CallTarget[], part: number, counted?: { at: number }): Promise<void> {
    const run = this.#run
    const send = counted ?? run.newSend()
    if (counted === undefined) for (const { key } of targets) run.runtime.windows.record(key, send)
    const permit = run.isExpired() ? undefined : await this.#permit()
    if (permit === undefined) {
      send.at = -Infinity
      run.nextWake.until(run.queuePosition())
      await run.runtime.quota?.giveBack(targets, run.now())
      return
    }
    await this.#makeAttempt({ number: run.nextCallNumber(), part, targets: packTargets(targets), send }, permit)
  }

  /** Whoever is meant twice gets one copy, and both recipients the same outcome. */
  async #copyToDuplicates(planner: CallPlanner): Promise<void> {
    const updates = new RecipientUpdates()
    let first: RecipientChunk | undefined
    for (const { of, position } of planner.duplicates) {
      const [index, slot] = [chunkOf(of), slotOf(of)]
      if (first?.index !== index) first = await this.#readChunk(index, false)
      const state = first?.states[slot]
      if (first === undefined || state === undefined || state === "pending") continue
      updates.add(position, {
        state,
        userid: first.userids[slot],
        call: first.calls[slot] ?? undefined,
        detail: first.details[slot],
      })
    }
    if (updates.isEmpty) return
    await this.#run.update({ updates: updates.list() })
    countFinished(this.#run, updates.list())
  }
}

async function inDoubt(run: RunContext): Promise<readonly OpenCall[]> {
  return (await readOpenCalls(run)).filter(({ call }) => call.mayHaveArrived)
}

/** The bytes are made now unless they were frozen before. */
type Judged = Extract<AttemptOutcome, { kind: "judged" }>
type NewAttemptPlan = Omit<AttemptPlan, "call" | "shares"> & Partial<Pick<AttemptPlan, "call" | "shares">>

const SHORTEST_PAUSE_MS = 1000
