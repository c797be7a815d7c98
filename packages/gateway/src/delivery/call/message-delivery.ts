import { setImmediate as immediate } from "node:timers/promises"
import { halvesOf, Halving, repeatUntil } from "@wecom-push/protocol/delivery"
import type { Otherwise } from "../../model/message.ts"
import { RecipientUpdates } from "../../model/recipient-updates.ts"
import type { CallDelay, ClaimedMessage, FrozenCall, NewCall } from "../../model/ports/outbox.ts"
import { chunkOf, slotOf } from "../../model/recipients.ts"
import { codeOf } from "../../model/storage-error.ts"
import type { RecipientChunk } from "../../model/recipients.ts"
import type { CallTarget } from "../../model/target.ts"
import type { AppStore } from "../../model/ports/apps.ts"
import type { AppRuntime, AppRuntimes } from "../app-runtimes.ts"
import type { DeferredTarget, Permit, Reservation } from "../../model/ports/governor.ts"
import type { WorkPlace } from "../../model/ports/work.ts"
import { askForPermit } from "./ask-for-permit.ts"
import { makeAttempt, LOOK_AFTER_SHARED_CALL_MS } from "./attempt.ts"
import type { AttemptPlan, AttemptOutcome } from "./attempt.ts"
import { freezeCall } from "./freeze.ts"
import { isSuspect } from "../queue/crash-isolation.ts"
import { Carried } from "./carried.ts"
import { CallPlanner, FIRST_PART, isGroupType, readNextParts } from "./call-planner.ts"
import type { Draft } from "./call-planner.ts"
import { endCallsOfOther, isOfOtherTurn, readOpenCalls } from "./recover-calls.ts"
import type { OpenCall } from "./recover-calls.ts"
import { NextWake } from "../queue/next-wake.ts"
import type { CallSharings } from "./share-calls.ts"
import { countFinished, defer, expire, failWithoutApp, giveUp, withinLimits } from "./update-recipients.ts"
import { RunContext } from "./run-context.ts"
import type { RunDeps } from "./run-context.ts"

export interface MessageDeliveryDeps extends RunDeps {
  readonly sharings: CallSharings
  readonly runtimes: Pick<AppRuntimes, "get">
  readonly apps: Pick<AppStore, "get">
}

/**
 * Works on one claimed message until there is nothing to be done for it now: repeats the calls that wait to be repeated,
 * turns the other pending recipients into calls and sends those, side by side where nothing requires an order.
 */
export class MessageDelivery {
  readonly #run: RunContext
  readonly #sharings: CallSharings
  readonly #attempts: Promise<void>[] = []
  #failure: { readonly error: unknown } | undefined
  readonly #halving = new Halving()
  readonly #runtimes: MessageDeliveryDeps["runtimes"]
  readonly #apps: MessageDeliveryDeps["apps"]
  #duplicates: CallPlanner["duplicates"] = []

  constructor(deps: MessageDeliveryDeps, runtime: AppRuntime, claimed: ClaimedMessage, slot: WorkPlace) {
    this.#sharings = deps.sharings
    this.#runtimes = deps.runtimes
    this.#apps = deps.apps
    this.#run = new RunContext(deps, runtime, claimed, slot)
  }

  get app(): string {
    return this.#run.claimed.message.app
  }

  /** The app that `else` names. */
  get otherApp(): string | undefined {
    return this.#run.claimed.message.otherwise?.app
  }

  /** The message must be read anew before anything else goes out. */
  interrupt(): void {
    this.#run.interrupt()
  }

  /** Another process has the message. */
  lose(): void {
    this.#run.lose()
  }

  /** @returns undefined if another run gives the message back */
  async work(): Promise<NextWake | undefined> {
    const run = this.#run
    using span = run.beginWork()
    using _heapLimit = run.claimed.chunkCount > HEAVY_CHUNKS ? run.deps.heapLimit.begin() : undefined
    try {
      await this.#workToEnd()
    } catch (error) {
      span.fail(codeOf(error))
      throw error
    }
    return run.isLost || run.isFinished ? undefined : run.nextWake
  }

  async #workToEnd(): Promise<void> {
    try {
      await this.#work()
    } finally {
      // In every case, attempts under way end before another worker may touch the message.
      await this.#attemptsEnded()
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #work(): Promise<void> {
    const run = this.#run
    if (run.isExpired()) return this.#expire()
    const carried = await this.#repeatOpen()
    if (carried !== undefined && !run.isHalted()) await this.#sendNew(carried)
    await this.#attemptsEnded()
    if (run.message.otherwise !== undefined && !run.isHalted()) await this.#sendFrom(run.message.otherwise)
    if (this.#isLarge) run.nextWake.notBefore(run.now() + LARGE_WAKES_EVERY_MS, run.now())
    if (run.isExpired() && !run.isHalted()) return this.#expire()
  }

  /** Sends to the members with whom the robot has no conversation. */
  async #sendFrom(otherwise: Otherwise): Promise<void> {
    const run = this.#run
    const runtime = await this.#runtimes.get(otherwise.app)
    if (runtime === undefined) return this.#withoutOther(otherwise)
    const own = run.nextWake
    run.nextWake = new NextWake()
    run.continueFrom(runtime, otherwise)
    const carried = await this.#repeatOpen()
    if (carried !== undefined && !run.isHalted()) await this.#sendNew(carried)
    await this.#attemptsEnded()
    await this.#copyToDuplicates(this.#duplicates)
    const { nextAt } = run.nextWake
    run.nextWake = own
    if (nextAt === Infinity) return
    // The message is handed out while its own app is open, and would come back at once. When the other app opens, that does
    // not make the message due.
    const opensAt = Math.min(runtime.governor.closedUntilMs() ?? -Infinity, run.now() + LOOK_AT_OTHER_MS)
    // Nor does the removal of that app, after which there is nothing to wait for.
    own.until(run.isHalted() ? nextAt : Math.min(Math.max(nextAt, opensAt), run.now() + LOOK_WHETHER_THERE_MS))
  }

  /** The other app was removed; or this gateway cannot use it until it is changed. */
  async #withoutOther({ app }: Otherwise): Promise<void> {
    const run = this.#run
    if ((await this.#apps.get(app)) !== undefined) return run.nextWake.until(run.now() + LOOK_WHETHER_THERE_MS)
    await endCallsOfOther(run)
    await failWithoutApp(run, app)
    await this.#copyToDuplicates(this.#duplicates)
  }

  get #isLarge(): boolean {
    return this.#run.claimed.chunkCount > LARGE_CHUNKS
  }

  /** @returns the recipients that open calls carry, for new calls; undefined if they carry every pending recipient */
  async #repeatOpen(): Promise<Carried | undefined> {
    const { claimed } = this.#run
    const carried = new Carried(claimed.chunkCount)
    if (claimed.callCount === 0) return carried
    if (this.#isLarge) return this.#repeatOfMany(carried)
    const open = await readOpenCalls(this.#run)
    for (const { targets } of open) carried.add(targets)
    for (const call of open) await this.#repeat(call)
    return carried
  }

  /**
   * For a message of a thousand calls, each with its thousand people: one call is read at a time, once, and before it is
   * repeated. A call that is read while it is being repeated would be mistaken for one whose process has ended. If no
   * recipient needs another call, those that wait are not read.
   */
  async #repeatOfMany(carried: Carried): Promise<Carried | undefined> {
    const run = this.#run
    await run.deps.hasFollowed()
    const all = await run.deps.outbox.openCallsInBrief(run.message.id)
    const briefs = all.filter(({ kind }) => !isOfOtherTurn(run, kind))
    const count = briefs.reduce((sum, { recipients }) => sum + recipients, 0)
    const carryAll = count >= run.claimed.counts.pending
    for (const brief of briefs) {
      if (run.isHalted()) return undefined
      const { restsUntil } = brief
      const rests = restsUntil !== undefined && restsUntil > run.now()
      if (rests) this.#waitToRepeat(brief, restsUntil)
      if (rests && carryAll) continue
      const [open] = await readOpenCalls(run, brief.number)
      if (open !== undefined) {
        if (!carryAll) carried.add(open.targets)
        if (!rests) await this.#repeat(open)
      } else if (carryAll) {
        // Recipients that it carried may need another call, which is planned when the present repeats have ended.
        run.nextWake.until(run.now())
      }
      await immediate()
    }
    return carryAll ? undefined : carried
  }

  /** Does not expire at once if only a clock that was set says that it is time. */
  async #expire(): Promise<void> {
    const until = this.#run.expiryGraceUntil()
    if (until === undefined) await this.#expireThenFinishInDoubt()
    else this.#run.nextWake.until(until)
  }

  /** After its time no call begins; a call that may have arrived is still repeated to its end. */
  async #expireThenFinishInDoubt(): Promise<void> {
    const run = this.#run
    await expire(run)
    let isLaneHeld = run.message.orderKey !== undefined
    for (let open = await inDoubt(run); open.length > 0 && !run.isHalted(); open = await inDoubt(run)) {
      run.nextWake = new NextWake()
      for (const call of open) await this.#repeat(call)
      await this.#attemptsEnded()
      if (run.isFinished) return
      const { holdsLaneUntil } = run.nextWake
      if (isLaneHeld && holdsLaneUntil !== undefined) {
        await run.letNextInLaneStart(holdsLaneUntil)
        isLaneHeld = false
      }
      // The message stays claimed meanwhile, or it would come back as expired again and again; other messages use its slot.
      using _ = run.releasePlace()
      await run.pause(Math.max(run.nextWake.nextAt - run.now(), SHORTEST_PAUSE_MS))
    }
  }

  /** Starts another attempt of a call if it is time. */
  async #repeat(open: OpenCall): Promise<void> {
    const { call } = open
    // The call's own message repeats it, and the store reports when that is over.
    if (call.partOf !== undefined) return this.#run.nextWake.until(this.#run.now() + LOOK_AFTER_SHARED_CALL_MS)
    if (call.retryAt !== undefined && call.retryAt > this.#run.now()) return this.#waitToRepeat(call, call.retryAt)
    // Nothing else of the message waits for this.
    if (isSuspect(call)) return this.#start(this.#repeatInTurn(open))
    const attempt = await this.#readyToRepeat(open)
    if (attempt !== undefined) this.#start(attempt())
  }

  async #repeatInTurn(open: OpenCall): Promise<void> {
    using turn = await this.#turnOfSuspect()
    if (turn === undefined || this.#run.isHalted()) return this.#waitToRepeat(open.call, this.#run.now())
    const attempt = await this.#readyToRepeat(open)
    if (attempt !== undefined) await attempt()
  }

  /** While the message waits, it holds nothing that others need. @returns undefined when the message is halted meanwhile */
  async #turnOfSuspect(): Promise<Disposable | undefined> {
    const { deps } = this.#run
    using _ = this.#run.releasePlace()
    const asked = deps.crashIsolation.enter()
    const turn = await this.#run.within(asked, LONGEST_TURN_MS)
    if (turn === undefined) void giveBack(asked)
    return turn
  }

  #waitToRepeat(call: Pick<FrozenCall, "mayHaveArrived" | "firstTryAt">, at: number): void {
    if (call.mayHaveArrived) this.#run.nextWake.inDoubtUntil(at, call.firstTryAt)
    else this.#run.nextWake.until(at)
  }

  /** @returns a function that makes the attempt; undefined if it may not be made now */
  async #readyToRepeat(open: OpenCall): Promise<(() => Promise<void>) | undefined> {
    const { runtime, message, deps } = this.#run
    const { call, body, targets, shares } = open
    const now = this.#run.now()
    const { number, part, spentAttempts, firstTryAt, mayHaveArrived } = call
    // Converted before any wait, because the clock may be set meanwhile.
    const steadyFirstTry = deps.clock.toSteady(firstTryAt)
    const everybody = [...targets, ...shares.flatMap((share) => share.targets)]
    // A call that may have arrived waits only while a repeat can settle it; one that did not arrive may wait without limit.
    const waitsUntilMs = mayHaveArrived ? repeatUntil(firstTryAt, call.checkSeconds) : Infinity
    await using unused = new AsyncDisposableStack()
    // Reserved before it waits for a permit, or others would take the same room meanwhile.
    const again = { owner: message.id, firstTryAtMs: firstTryAt, mayHaveArrived, waitsUntilMs }
    const reserved = await runtime.governor.reserveAgain(everybody, again)
    if ("untilMs" in reserved) {
      await this.#tellDelay(call, everybody.length, reserved)
      this.#waitToRepeat(call, reserved.untilMs)
      return undefined
    }
    const reservation = unused.use(reserved)
    const permit = await this.#permit()
    if (permit === undefined) {
      // A call that did not arrive keeps its place in the queue while the app is closed.
      const at = mayHaveArrived ? (runtime.governor.closedUntilMs() ?? now) : this.#run.queuePosition()
      this.#waitToRepeat(call, at)
      return undefined
    }
    unused.move()
    deps.log.info({ ...this.#run.logFields, call: call.number, bytes: body.length }, "a call is repeated")
    const earlier = { kind: call.kind, spentAttempts, firstTryAt: steadyFirstTry, mayHaveArrived }
    const plan = { number, part, targets, reservation, call: earlier, shares }
    return () => this.#attempt(plan, permit)
  }

  /** Reports the delay once for each wait, and not at each check. */
  async #tellDelay(
    { messageId, number, attempts, delay: told }: FrozenCall,
    peopleCount: number,
    delay: CallDelay,
  ): Promise<void> {
    const { deps, message } = this.#run
    const isTold =
      told !== undefined &&
      told.reason === delay.reason &&
      told.untilMs > this.#run.now() &&
      Math.abs(told.untilMs - delay.untilMs) < ABOUT_THE_SAME_MS
    if (isTold) return
    deps.metrics.throttled(message.app, delay.reason, peopleCount)
    await deps.outbox.delayCall({ messageId, number }, attempts, delay)
  }

  async #sendNew(carried: Carried): Promise<void> {
    const run = this.#run
    const { callCount, chunkCount } = run.claimed
    await using planner = new CallPlanner(run, carried, callCount === 0 ? FIRST_PART : await readNextParts(run))
    const groupsFrom = chunkCount === 1 ? 1 : await this.#takeGroups(planner)
    // After the first call, recipients that are final may mean the same person as pending ones, so all have to be looked at.
    const pendingOnly = callCount === 0 && !run.isOther
    for (let from = 0; ;) {
      const chunk = this.#claimedChunk(from, pendingOnly) ?? (await this.#readChunk(from, pendingOnly))
      if (chunk === undefined || run.isHalted() || run.isExpired()) break
      from = chunk.index + 1
      await planner.take(chunk, chunk.index >= groupsFrom ? "members" : "all")
      if (!(await this.#sendAll(() => planner.takeFull()))) return
      if (chunkCount > 1) {
        // If WeCom is fast, outcomes would pile up while new calls begin, each with its thousand people in memory.
        await run.deps.largeSettles.pass()
        // A thousand chunks without a pause would delay everything else.
        await immediate()
      }
    }
    const toLookUp = planner.chunksToLookUp()
    if (toLookUp.length > 0 && !(await this.#sendLookedUp(planner, toLookUp))) return
    if (!(await this.#sendAll(() => planner.takeNext()))) return
    await this.#attemptsEnded()
    this.#duplicates = [...this.#duplicates, ...planner.duplicates]
    await this.#copyToDuplicates(planner.duplicates)
  }

  /**
   * Sends to the recipients for which WeCom has to be asked. The others wait for them only for a moment, in which most
   * answers come, so that one call carries all of them.
   * @returns false when nothing more may go out now
   */
  async #sendLookedUp(planner: CallPlanner, toLookUp: readonly number[]): Promise<boolean> {
    const run = this.#run
    using waiting = run.waitForLookUps()
    if (waiting === undefined) {
      run.nextWake.forLookups(run.now() + LOOK_AGAIN_MS)
      return true
    }
    let waitMs = KNOWN_WAIT_MS
    for (const index of toLookUp) {
      const chunk = await this.#readChunk(index, false)
      if (chunk === undefined || run.isHalted() || run.isExpired()) return false
      const ending = new AbortController()
      const asked = planner.lookUp(chunk, AbortSignal.any([ending.signal, run.deps.stopping]))
      try {
        let people = await run.within(asked, waitMs)
        if (people === undefined && !run.isHalted()) {
          waitMs = 0
          if (!(await this.#sendAll(() => planner.takeNext()))) return false
          people = await run.within(asked, run.expiresInMs())
        }
        if (people === undefined || run.isHalted()) return false
        await planner.takeFound(chunk, people)
      } finally {
        ending.abort()
      }
      if (!(await this.#sendAll(() => planner.takeFull()))) return false
    }
    return true
  }

  /** @returns false when nothing more may go out now */
  async #sendAll(take: () => [part: number, draft: Draft] | undefined): Promise<boolean> {
    for (let next = take(); next !== undefined; next = take()) {
      if (!(await this.#sendCall(...next))) return false
    }
    return true
  }

  /**
   * Departments and tags are at the end of the message and go out with the first call.
   * @returns the first chunk whose groups are taken
   */
  async #takeGroups(planner: CallPlanner): Promise<number> {
    let from = this.#run.claimed.chunkCount
    let chunk: RecipientChunk | undefined
    do {
      chunk = await this.#readChunk(--from, false)
      if (chunk !== undefined) await planner.take(chunk, "groups")
    } while (from > 0 && isGroupType(chunk?.types[0]))
    return from
  }

  /** The chunk that came with the claim is up to date until this run has done something. */
  #claimedChunk(from: number, pendingOnly: boolean): RecipientChunk | undefined {
    return from === 0 && pendingOnly ? this.#run.claimed.chunk : undefined
  }

  async #readChunk(from: number, pendingOnly: boolean): Promise<RecipientChunk | undefined> {
    const { message, claimed, deps } = this.#run
    if (from >= claimed.chunkCount) return undefined
    const [chunk] = await deps.outbox.chunks({ messageId: message.id, from, count: 1, pendingOnly })
    return chunk
  }

  /** @returns false when nothing more may go out now */
  async #sendCall(part: number, { targets: wanted, reservation }: Draft): Promise<boolean> {
    const run = this.#run
    await using unused = new AsyncDisposableStack()
    unused.use(reservation)
    // The message may have expired while people were looked up.
    if (run.isExpired()) return false
    // Uploads come before the permit: a long upload must not keep others from sending.
    if (run.media !== undefined && (await run.media.filled(part)) === undefined) return false
    const targets = await withinLimits(run, reservation, wanted)
    if (targets.length === 0) return true
    const sharing = run.isOther ? undefined : this.#sharings.of(run.runtime)
    if (sharing?.takes(run, targets) === true) {
      unused.move()
      this.#start(sharing.join({ run, targets, reservation }))
      return true
    }
    const permit = await this.#permit()
    if (permit === undefined) {
      run.nextWake.until(run.queuePosition())
      return false
    }
    unused.move()
    const plan = { number: run.nextCallNumber(), part, targets, reservation }
    this.#start(this.#attempt(plan, permit))
    return true
  }

  async #permit(): Promise<Permit | undefined> {
    const asked = askForPermit(this.#run.runtime, this.#run)
    const permit = asked instanceof Promise ? await this.#unlessHalted(asked) : asked
    if (permit === undefined || !(this.#run.isHalted() || this.#failure !== undefined)) return permit
    // No call uses the permit yet.
    permit[Symbol.dispose]()
    return undefined
  }

  /** A cancel must not wait for a call that waits for its permit while WeCom is slow. */
  async #unlessHalted(asked: Promise<Permit | undefined>): Promise<Permit | undefined> {
    const permit = await Promise.race([asked, this.#run.halted()])
    if (permit === undefined) void giveBack(asked)
    return permit
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

  /** Makes the attempt, and the calls that follow from it. Gives back the permit and the unused reservations. */
  async #attempt(plan: NewAttemptPlan, given: Permit): Promise<void> {
    // The attempt gives the permit back as soon as it can; this is for failures before that.
    using permit = given
    await using reservation = plan.reservation
    const run = this.#run
    const { part, targets } = plan
    const call = plan.call ?? (await this.#freeze(plan))
    if (call === undefined) return
    const outcome = await makeAttempt(run, { ...plan, call, shares: plan.shares ?? [] }, permit)
    if (outcome.kind === "left_out") return run.interrupt()
    const { decision, errcode, survivors } = outcome
    if (decision.kind === "halve") await this.#halve(plan, errcode, reservation)
    else if (decision.kind === "renew") await this.#renew(targets, part, outcome, reservation)
    else if (decision.kind === "accepted") this.#halving.accepted()
    else if (decision.kind === "final" && decision.state === "invalid") this.#halving.refused(1)
    if (survivors.length > 0) await this.#sendNextPart(survivors, part + 1)
  }

  /** @returns undefined if it cannot go out now */
  async #freeze({ number, part, targets }: NewAttemptPlan): Promise<NewCall | undefined> {
    const run = this.#run
    const share = { run, number, targets }
    if (run.media === undefined) return freezeCall(part, share, [])
    const text = await run.media.filled(part)
    return text === undefined ? undefined : freezeCall(part, share, [], text)
  }

  /** WeCom no longer takes the id of a file. It refused the call for good, so that a new body may be frozen. */
  async #renew(
    targets: readonly CallTarget[],
    part: number,
    { body, errcode }: Decided,
    reservation: Reservation,
  ): Promise<void> {
    const run = this.#run
    if ((await run.media?.renew(part, body)) !== true) {
      await run.update({ updates: [], problem: { code: "call_refused", ...(errcode !== undefined && { errcode }) } })
      return giveUp(run, targets, part, errcode)
    }
    if ((await run.media?.filled(part)) !== undefined) await this.#sendOn(targets, part, reservation.split(targets))
  }

  /** Sends one half after another, and their halves. */
  async #halve(
    { part, targets, otherHalves }: NewAttemptPlan,
    errcode: number | undefined,
    reservation: Reservation,
  ): Promise<void> {
    if (this.#halving.refused(targets.length) === "give_up") return giveUp(this.#run, targets, part, errcode)
    const halves = halvesOf(targets).map((half) => ({ targets: half, reservation: reservation.split(half) }))
    const waiting = otherHalves ?? []
    waiting.push(...halves.toReversed())
    // The first half's attempt sends the others.
    if (otherHalves !== undefined) return
    await using unsent = new AsyncDisposableStack()
    unsent.defer(async () => {
      for (const half of waiting) await half.reservation[Symbol.asyncDispose]()
    })
    for (let half = this.#halving.next(waiting); half !== undefined; half = this.#halving.next(waiting)) {
      await this.#sendOn(half.targets, part, half.reservation, waiting)
    }
  }

  /** Sends the next part after the one before, because WeCom promises no order. Each part counts as a message of its own. */
  async #sendNextPart(targets: readonly CallTarget[], part: number): Promise<void> {
    const { runtime, message } = this.#run
    await using unused = new AsyncDisposableStack()
    const kind = targets[0]?.kind ?? "user"
    const reservation = unused.use(runtime.governor.reserve(message.priority, message.id, kind))
    const admitted: CallTarget[] = []
    const deferred: DeferredTarget[] = []
    for (const target of targets) {
      const waits = reservation.add(target.key)
      if (waits === undefined) admitted.push(target)
      else deferred.push({ target, ...waits })
    }
    await defer(this.#run, deferred)
    const going = await withinLimits(this.#run, reservation, admitted)
    if (going.length === 0) return
    unused.move()
    await this.#sendOn(going, part, reservation)
  }

  async #sendOn(
    targets: readonly CallTarget[],
    part: number,
    reservation: Reservation,
    otherHalves?: Half[],
  ): Promise<void> {
    const run = this.#run
    await using unused = new AsyncDisposableStack()
    unused.use(reservation)
    const permit = run.isExpired() ? undefined : await this.#permit()
    if (permit === undefined) return run.nextWake.until(run.queuePosition())
    unused.move()
    const plan = { number: run.nextCallNumber(), part, targets, reservation }
    await this.#attempt({ ...plan, ...(otherHalves !== undefined && { otherHalves }) }, permit)
  }

  /** A person named twice gets one copy, and both recipients get the same outcome. */
  async #copyToDuplicates(duplicates: CallPlanner["duplicates"]): Promise<void> {
    const updates = new RecipientUpdates()
    let first: RecipientChunk | undefined
    for (const { of, position } of duplicates) {
      const [index, slot] = [chunkOf(of), slotOf(of)]
      if (first?.index !== index) first = await this.#readChunk(index, false)
      const state = first?.states[slot]
      if (state === undefined || state === "pending") continue
      const shared = { state, call: first?.calls[slot] ?? undefined, detail: first?.details[slot] }
      updates.add(position, shared, first?.userids[slot])
    }
    if (updates.isEmpty) return
    await this.#run.update({ updates: updates.list() })
    countFinished(this.#run, updates.list())
  }
}

async function inDoubt(run: RunContext): Promise<readonly OpenCall[]> {
  return (await readOpenCalls(run)).filter(({ call }) => call.mayHaveArrived)
}

async function giveBack(asked: Promise<Disposable | undefined>): Promise<void> {
  using _ = await asked
}

type Decided = Extract<AttemptOutcome, { kind: "decided" }>

/** A planned attempt. Its bytes are made now unless they were frozen before. */
interface NewAttemptPlan extends Omit<AttemptPlan, "call" | "shares" | "reservation"> {
  readonly reservation: Reservation
  readonly call?: AttemptPlan["call"]
  readonly shares?: AttemptPlan["shares"]
  /** The other halves of the same call: they wait, and the halves of this one will wait with them. */
  readonly otherHalves?: Half[]
}

interface Half {
  readonly targets: readonly CallTarget[]
  readonly reservation: Reservation
}

const SHORTEST_PAUSE_MS = 1000
/** How often to check whether the other app is open again. */
const LOOK_AT_OTHER_MS = 10_000
/** How long to wait before checking whether the other app is still there, or there again. */
const LOOK_WHETHER_THERE_MS = 60_000
/** More chunks than one call has. */
const LARGE_CHUNKS = 4
/** A hundred thousand people: their calls take hundreds of megabytes until they are collected. */
const HEAVY_CHUNKS = 100
/** Each wake looks at all calls of the message: those that are due within a second are repeated together. */
const LARGE_WAKES_EVERY_MS = 1000
/** The longest wait of a suspect call for other suspects; after that the message comes again. */
const LONGEST_TURN_MS = 600_000
/** Windows that several nodes share differ by some milliseconds at each check. */
const ABOUT_THE_SAME_MS = 1000
/** How long the recipients that are known wait for those that are looked up. */
const KNOWN_WAIT_MS = 1000
/** The longest that a message waits to be called again after others have had their look-ups. */
const LOOK_AGAIN_MS = 60_000
