import { setImmediate as nextTurn } from "node:timers/promises"
import { halvesOf, Halving, repeatUntil } from "@wecom-push/protocol/delivery"
import { manifestOf } from "../domain/manifest.ts"
import { Patches } from "../domain/patches.ts"
import type { ClaimedMessage, NewCall } from "../ports/outbox.ts"
import { chunkOf, placeOf } from "../domain/recipients.ts"
import type { RecipientChunk } from "../domain/recipients.ts"
import type { CarriedTarget } from "../domain/target.ts"
import type { AppDesk } from "./app-desk.ts"
import type { Permit } from "../limits/call-gate.ts"
import { countFinished } from "./count-finished.ts"
import { expire } from "./expire.ts"
import { fly, LOOK_AFTER_RIDE_MS } from "./flight.ts"
import type { Flight, Flown } from "./flight.ts"
import { freezeCall } from "./freeze.ts"
import { giveUp } from "./give-up.ts"
import { Intake, isGroupType } from "./intake.ts"
import type { Draft } from "./intake.ts"
import { readOpenCalls } from "./open-calls.ts"
import type { OpenCall } from "./open-calls.ts"
import { FIRST_PART, readNextParts } from "./next-part.ts"
import { Rest } from "./rest.ts"
import { withinQuota } from "./within-quota.ts"
import { RunContext } from "./run-context.ts"
import type { RunDeps } from "./run-context.ts"

/**
 * Works on one claimed message until there is nothing to be done for it now: repeats what waits to be repeated, turns
 * the other pending recipients into calls and sends those, side by side where nothing asks for an order.
 */
export class MessageRun {
  readonly #run: RunContext
  readonly #flights: Promise<void>[] = []
  #failure: { readonly error: unknown } | undefined
  readonly #halving = new Halving()

  constructor(deps: RunDeps, desk: AppDesk, claimed: ClaimedMessage) {
    this.#run = new RunContext(deps, desk, claimed)
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
  async work(): Promise<Rest | undefined> {
    const run = this.#run
    try {
      await this.#work()
    } finally {
      // Whatever happened, what is in the air lands before anybody else may touch the message.
      await this.#landed()
      run.endSends()
    }
    if (this.#failure !== undefined) throw this.#failure.error
    return run.isLost || run.isFinished ? undefined : run.rest
  }

  async #work(): Promise<void> {
    const run = this.#run
    if (run.isExpired()) return this.#expire()
    const open = run.claimed.callCount === 0 ? [] : await readOpenCalls(run)
    for (const call of open) await this.#repeat(call)
    if (!run.isHalted()) await this.#sendNew(open)
    await this.#landed()
    if (run.isExpired() && !run.isHalted()) return this.#expire()
  }

  /** Not at once when it is only a clock that was set which says so. */
  async #expire(): Promise<void> {
    const until = this.#run.expiryGraceUntil()
    if (until === undefined) await this.#seeOff()
    else this.#run.rest.until(until)
  }

  /** Past its time nothing begins any more; a call that may have arrived is repeated to its end all the same. */
  async #seeOff(): Promise<void> {
    const run = this.#run
    await expire(run)
    for (let open = await inDoubt(run); open.length > 0 && !run.isHalted(); open = await inDoubt(run)) {
      run.rest = new Rest()
      for (const call of open) await this.#repeat(call)
      await this.#landed()
      // The message stays claimed meanwhile, or it would come back as expired again and again.
      await run.pause(Math.max(run.rest.nextAt - run.now(), SHORTEST_PAUSE_MS))
    }
  }

  /** Starts another attempt of a call if it is time. */
  async #repeat(open: OpenCall): Promise<void> {
    const { rest, desk, message, deps } = this.#run
    const { call, body, targets, riders } = open
    // Its host repeats it, and the store says when that is over.
    if (call.ridesIn !== undefined) return rest.until(this.#run.now() + LOOK_AFTER_RIDE_MS)
    const wait = (at: number): void => {
      if (call.mayHaveArrived) rest.inDoubtUntil(at, call.firstTryAt)
      else rest.until(at)
    }
    const now = this.#run.now()
    if (call.retryAt !== undefined && call.retryAt > now) return wait(call.retryAt)
    const everybody = [...targets, ...riders.flatMap((rider) => rider.targets)]
    const members = everybody.filter(({ kind }) => kind === "user").map(({ key }) => key)
    const steadyFreeAt = desk.windows.freeAt(members, deps.clock.steady.now())
    const freeAt = steadyFreeAt === undefined ? undefined : deps.clock.toWall(steadyFreeAt)
    // What may have arrived is repeated while that settles it; what did not has all the time it takes.
    const settlesUntil = call.mayHaveArrived ? repeatUntil(call.firstTryAt, call.checkSeconds ?? 0) : Infinity
    if (freeAt !== undefined && freeAt < settlesUntil) return wait(freeAt)
    // Before it waits for leave to send, or others would take the same room meanwhile.
    const send = this.#run.newSend()
    for (const key of members) desk.windows.record(key, send)
    let permit: Permit | undefined
    try {
      await desk.quota?.carryOver(everybody, call.firstTryAt)
      permit = await this.#permit()
    } finally {
      if (permit === undefined) send.at = -Infinity
    }
    if (permit === undefined) return wait(desk.closedUntil() ?? now)
    deps.log.info(
      { app: message.app, message: message.id, call: call.number, bytes: body.length },
      "a call is repeated",
    )
    const { number, part, spentAttempts, crashes, firstTryAt, mayHaveArrived } = call
    const earlier = { spentAttempts, crashes, firstTryAt: deps.clock.toSteady(firstTryAt), mayHaveArrived }
    this.#start(this.#fly({ number, part, targets: manifestOf(targets), send, call: earlier, riders }, permit))
  }

  async #sendNew(open: readonly OpenCall[]): Promise<void> {
    const run = this.#run
    const { callCount, chunkCount } = run.claimed
    const intake = new Intake(run, open, callCount === 0 ? FIRST_PART : await readNextParts(run))
    const groupsFrom = chunkCount === 1 ? 1 : await this.#takeGroups(intake)
    // After the first call others may stand for those who are still pending, so that all of them have to be looked at.
    const pendingOnly = callCount === 0
    for (let from = 0; ;) {
      const chunk = this.#claimedChunk(from, pendingOnly) ?? (await this.#readChunk(from, pendingOnly))
      if (chunk === undefined || run.isHalted() || run.isExpired()) break
      from = chunk.index + 1
      await intake.take(chunk, chunk.index >= groupsFrom ? "members" : "all")
      for (let full = intake.takeFull(); full !== undefined; full = intake.takeFull()) {
        if (!(await this.#launch(...full))) return intake.abandon()
      }
      if (chunkCount > 1) {
        // Where WeCom is fast, outcomes would pile up behind new calls, each with its thousand people in memory.
        await run.deps.largeSettles.pass()
        // A thousand chunks without a pause would hold up everything else.
        await nextTurn()
      }
    }
    for (let next = intake.takeNext(); next !== undefined; next = intake.takeNext()) {
      if (!(await this.#launch(...next))) return intake.abandon()
    }
    if (intake.twins.length === 0) return
    await this.#landed()
    await this.#copyTwins(intake)
  }

  /** Departments and tags stand at the end and travel in the first call. @returns the first chunk whose are taken */
  async #takeGroups(intake: Intake): Promise<number> {
    let from = this.#run.claimed.chunkCount
    while (from > 0) {
      const chunk = await this.#readChunk(from - 1, false)
      if (chunk === undefined || !isGroupType(chunk.types.at(-1))) break
      from--
      await intake.take(chunk, "groups")
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
    const { pool, quota } = run.desk
    const targets = quota === undefined ? wanted : await withinQuota(run, quota, wanted)
    if (targets.length === 0) {
      send.at = -Infinity
      return true
    }
    if (pool?.takes(run, targets) === true) {
      this.#start(pool.join({ run, targets, send }))
      return true
    }
    const permit = await this.#permit()
    if (permit === undefined) {
      send.at = -Infinity
      run.rest.until(run.placeInQueue())
      await quota?.giveBack(targets, run.now())
      return false
    }
    this.#start(this.#fly({ number: run.nextCallNumber(), part, targets: manifestOf(targets), send }, permit))
    return true
  }

  async #permit(): Promise<Permit | undefined> {
    const { desk, message } = this.#run
    const entering = desk.gate.enter(message.priority, this.#run.now())
    const permit = entering instanceof Promise ? await this.#unlessHalted(entering) : entering
    if (permit === undefined || !(this.#run.isHalted() || this.#failure !== undefined)) return permit
    desk.gate.leave(permit)
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
    if (permit !== undefined) this.#run.desk.gate.leave(permit)
  }

  #start(flying: Promise<void>): void {
    const landed = flying.catch((error: unknown) => {
      this.#failure ??= { error }
    })
    this.#flights.push(landed)
  }

  async #landed(): Promise<void> {
    while (this.#flights.length > 0) await Promise.all(this.#flights.splice(0))
  }

  async #fly(flight: Takeoff, permit: Permit): Promise<void> {
    const run = this.#run
    const { number, part, targets, send } = flight
    const call = flight.call ?? (await this.#freeze(flight, permit))
    if (call === undefined) {
      await run.desk.quota?.giveBack(targets.unpack(), run.now())
      return
    }
    const flown = await fly(run, { number, part, targets, send, call, riders: flight.riders ?? [] }, permit)
    if (flown.kind === "left_out") {
      if (flight.call === undefined) await run.desk.quota?.giveBack(targets.unpack(), run.now())
      return run.interrupt()
    }
    if (flown.verdict.kind === "halve") return this.#halve(targets.unpack(), part, flown.errcode)
    if (flown.verdict.kind === "renew") return this.#renew(targets.unpack(), part, flown)
    if (flown.verdict.kind === "accepted") this.#halving.accepted()
    if (flown.verdict.kind === "final" && flown.verdict.state === "invalid") this.#halving.refused(1)
    if (flown.survivors.length > 0) await this.#sendNextPart(flown.survivors, part + 1)
  }

  /** @returns undefined when it cannot go out now; the permit is given back then */
  async #freeze({ number, part, targets, send }: Takeoff, permit: Permit): Promise<NewCall | undefined> {
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
        run.desk.gate.leave(permit)
      }
    }
  }

  /** WeCom no longer takes the id of a file. It refused the call for good, so that another body may be frozen. */
  async #renew(targets: readonly CarriedTarget[], part: number, { body, errcode }: Judged): Promise<void> {
    const run = this.#run
    if ((await run.media?.renew(part, body)) !== true) {
      await run.patch({ patches: [], problem: { code: "call_refused", ...(errcode !== undefined && { errcode }) } })
      return giveUp(run, targets, part, errcode)
    }
    if ((await run.media?.filled(part)) !== undefined) await this.#sendOn(targets, part)
  }

  async #halve(targets: readonly CarriedTarget[], part: number, errcode: number | undefined): Promise<void> {
    if (this.#halving.refused(targets.length) === "give_up") return giveUp(this.#run, targets, part, errcode)
    for (const half of halvesOf(targets)) await this.#sendOn(half, part)
  }

  /** Parts come one after another, because WeCom promises no order. */
  async #sendNextPart(targets: readonly CarriedTarget[], part: number): Promise<void> {
    const { rest } = this.#run
    const send = this.#run.newSend()
    const admitted: CarriedTarget[] = []
    const patches = new Patches()
    for (const target of targets) {
      const delayedUntil = this.#run.admit(target.key, send)
      if (delayedUntil === undefined) admitted.push(target)
      else {
        rest.until(delayedUntil)
        for (const position of target.positions)
          patches.add(position, { state: "pending", detail: { delayedUntil, reason: "member_rate" } })
      }
    }
    if (!patches.isEmpty) await this.#run.patch({ patches: patches.list() })
    const { quota } = this.#run.desk
    const going = quota === undefined ? admitted : await withinQuota(this.#run, quota, admitted)
    if (going.length > 0) await this.#sendOn(going, part, send)
    else send.at = -Infinity
  }

  async #sendOn(targets: readonly CarriedTarget[], part: number, counted?: { at: number }): Promise<void> {
    const run = this.#run
    const send = counted ?? run.newSend()
    if (counted === undefined) for (const { key } of targets) run.desk.windows.record(key, send)
    const permit = run.isExpired() ? undefined : await this.#permit()
    if (permit === undefined) {
      send.at = -Infinity
      run.rest.until(run.placeInQueue())
      await run.desk.quota?.giveBack(targets, run.now())
      return
    }
    await this.#fly({ number: run.nextCallNumber(), part, targets: manifestOf(targets), send }, permit)
  }

  /** Whoever is meant twice gets one copy, and both recipients the same outcome. */
  async #copyTwins(intake: Intake): Promise<void> {
    const patches = new Patches()
    let first: RecipientChunk | undefined
    for (const { of, position } of intake.twins) {
      const [index, place] = [chunkOf(of), placeOf(of)]
      if (first?.index !== index) first = await this.#readChunk(index, false)
      const state = first?.states[place]
      if (first === undefined || state === undefined || state === "pending") continue
      patches.add(position, {
        state,
        userid: first.userids[place],
        call: first.calls[place] ?? undefined,
        detail: first.details[place],
      })
    }
    if (patches.isEmpty) return
    await this.#run.patch({ patches: patches.list() })
    countFinished(this.#run, patches.list())
  }
}

async function inDoubt(run: RunContext): Promise<readonly OpenCall[]> {
  return (await readOpenCalls(run)).filter(({ call }) => call.mayHaveArrived)
}

/** The bytes are made now unless they were frozen before. */
type Judged = Extract<Flown, { kind: "judged" }>
type Takeoff = Omit<Flight, "call" | "riders"> & Partial<Pick<Flight, "call" | "riders">>

const SHORTEST_PAUSE_MS = 1000
