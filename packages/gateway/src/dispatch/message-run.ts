import { hash } from "node:crypto"
import { setImmediate as nextTurn } from "node:timers/promises"
import { guardedBody } from "../core/collision-guard.ts"
import type { Draft } from "../core/fill-calls.ts"
import { PRIORITIES } from "../core/message.ts"
import { Patches } from "../core/patches.ts"
import type { ClaimedMessage, NewCall } from "../core/ports/outbox.ts"
import type { RecipientChunk } from "../core/recipients.ts"
import { repeatUntil } from "../core/repeat-window.ts"
import { reasonOf } from "../core/settlement.ts"
import type { CarriedTarget } from "../core/target.ts"
import type { AppDesk } from "./app-desk.ts"
import type { Permit } from "./call-gate.ts"
import { expire } from "./expire.ts"
import { fly } from "./flight.ts"
import type { Flight } from "./flight.ts"
import { Intake, isGroupType } from "./intake.ts"
import { readOpenCalls } from "./open-calls.ts"
import type { OpenCall } from "./open-calls.ts"
import { readNextParts } from "./next-part.ts"
import { Rest } from "./rest.ts"
import { RunContext } from "./run-context.ts"
import type { RunDeps } from "./run-context.ts"

/**
 * Works on one claimed message until there is nothing to be done for it now: repeats what waits to be repeated, turns
 * the other pending recipients into calls and sends those, side by side where nothing asks for an order.
 */
export class MessageRun {
  readonly #run: RunContext
  readonly #flights = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined
  /** Whole calls refused for one recipient, since the last that was not. */
  #refusalsInVain = 0

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
    }
    if (this.#failure !== undefined) throw this.#failure.error
    return run.isLost || run.isFinished ? undefined : run.rest
  }

  async #work(): Promise<void> {
    const run = this.#run
    if (run.isExpired()) return this.#seeOff()
    const open = run.claimed.callCount === 0 ? [] : await readOpenCalls(run)
    for (const call of open) await this.#repeat(call)
    if (!run.isHalted()) await this.#sendNew(open)
    await this.#landed()
    if (run.isExpired() && !run.isHalted()) return this.#seeOff()
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
    const { call, body, targets } = open
    const wait = (at: number): void => {
      if (call.mayHaveArrived) rest.inDoubtUntil(at, call.firstTryAt)
      else rest.until(at)
    }
    const now = this.#run.now()
    if (call.retryAt !== undefined && call.retryAt > now) return wait(call.retryAt)
    const members = targets.filter(({ kind }) => kind === "user").map(({ key }) => key)
    const freeAt = desk.windows.freeAt(members, now)
    if (freeAt !== undefined && freeAt < repeatUntil(call.firstTryAt, call.checkSeconds ?? 0)) return wait(freeAt)
    const permit = await this.#permit()
    if (permit === undefined) return wait(desk.closedUntil() ?? now)
    const send = { at: Infinity }
    for (const key of members) desk.windows.record(key, send)
    deps.log.info(
      { app: message.app, message: message.id, call: call.number, bytes: body.length },
      "a call is repeated",
    )
    const { number, part, spentAttempts, crashes, firstTryAt, mayHaveArrived } = call
    this.#start({ number, part, targets, send, call: { spentAttempts, crashes, firstTryAt, mayHaveArrived } }, permit)
  }

  async #sendNew(open: readonly OpenCall[]): Promise<void> {
    const run = this.#run
    const intake = new Intake(run, open, await readNextParts(run))
    const groupsFrom = await this.#takeGroups(intake)
    // After the first call others may stand for those who are still pending, so that all of them have to be looked at.
    const pendingOnly = run.claimed.callCount === 0
    for (let from = 0; ;) {
      const chunk = await this.#chunk(from, pendingOnly)
      if (chunk === undefined || run.isHalted() || run.isExpired()) break
      from = chunk.index + 1
      await intake.take(chunk, chunk.index >= groupsFrom ? "members" : "all")
      for (let full = intake.takeFull(); full !== undefined; full = intake.takeFull()) {
        if (!(await this.#launch(...full))) return intake.abandon()
      }
      // A thousand chunks without a pause would hold up everything else.
      if (run.claimed.chunkCount > 1) await nextTurn()
    }
    for (let next = intake.takeNext(); next !== undefined; next = intake.takeNext()) {
      if (!(await this.#launch(...next))) return intake.abandon()
    }
    if (intake.twins.length > 0) await this.#landed()
    await this.#copyTwins(intake)
  }

  /** Departments and tags stand at the end and travel in the first call. @returns the first chunk whose are taken */
  async #takeGroups(intake: Intake): Promise<number> {
    const { chunkCount } = this.#run.claimed
    if (chunkCount === 1) return chunkCount
    let from = chunkCount
    while (from > 0) {
      const chunk = await this.#chunk(from - 1, false)
      if (chunk === undefined || !isGroupType(chunk.types.at(-1))) break
      from--
      await intake.take(chunk, "groups")
      if (!isGroupType(chunk.types[0])) break
    }
    return from
  }

  async #chunk(from: number, pendingOnly: boolean): Promise<RecipientChunk | undefined> {
    const { chunk: claimed, chunkCount, callCount } = this.#run.claimed
    if (from >= chunkCount) return undefined
    // What was claimed is as good as new until this run has done something.
    if (claimed !== undefined && from === 0 && pendingOnly && callCount === 0) return claimed
    const [chunk] = await this.#run.deps.outbox.chunks({ messageId: this.#run.message.id, from, count: 1, pendingOnly })
    return chunk
  }

  /** @returns false when nothing more may go out now */
  async #launch(part: number, { targets, send }: Draft): Promise<boolean> {
    const run = this.#run
    const permit = await this.#permit()
    if (permit === undefined) {
      send.at = -Infinity
      run.rest.until(run.message.sendAt)
      return false
    }
    this.#start({ number: run.nextCallNumber(), part, targets, send }, permit)
    return true
  }

  async #permit(): Promise<Permit | undefined> {
    const { desk, message } = this.#run
    const permit = await desk.gate.enter(message.priority, this.#run.now())
    if (permit === undefined || !(this.#run.isHalted() || this.#failure !== undefined)) return permit
    desk.gate.leave(permit)
    return undefined
  }

  /** @param flight whose bytes are made now unless they were frozen before */
  #start(flight: Omit<Flight, "call"> & Partial<Pick<Flight, "call">>, permit: Permit): void {
    const flown = this.#fly(flight, permit).catch((error: unknown) => {
      this.#failure ??= { error }
    })
    const landed = flown.finally(() => this.#flights.delete(landed))
    this.#flights.add(landed)
  }

  async #landed(): Promise<void> {
    while (this.#flights.size > 0) await Promise.all(this.#flights)
  }

  async #fly(flight: Omit<Flight, "call"> & Partial<Pick<Flight, "call">>, permit: Permit): Promise<void> {
    const run = this.#run
    const { number, part, targets, send } = flight
    const call = flight.call ?? (await this.#freeze(number, part, targets))
    const flown = await fly(run, { number, part, targets, send, call }, permit)
    if (flown.kind === "left_out") return run.interrupt()
    if (flown.verdict.kind === "halve") return this.#halve(targets, part, flown.errcode)
    if (flown.verdict.kind === "accepted") this.#refusalsInVain = -Infinity
    if (flown.survivors.length > 0) await this.#sendNextPart(flown.survivors, part + 1)
  }

  async #freeze(number: number, part: number, targets: readonly CarriedTarget[]): Promise<NewCall> {
    const run = this.#run
    const positions = targets.flatMap(({ positions }) => positions)
    if (positions.length > targets.length) await this.#writeDownUserids(targets)
    const content = { part: run.message.parts[part] ?? "{}", agentId: run.desk.app.agentId, number }
    return { part, positions, ...guardedBody(targets, content, run.message.duplicateCheck, sha256) }
  }

  /** The body tells each recipient's userid after a crash only while no two recipients are one member. */
  async #writeDownUserids(targets: readonly CarriedTarget[]): Promise<void> {
    const patches = new Patches()
    for (const { kind, id, positions } of targets) {
      if (kind !== "user" || positions.length === 1) continue
      for (const position of positions) patches.add(position, { state: "pending", userid: id })
    }
    if (!patches.isEmpty) await this.#run.patch({ patches: patches.list() })
  }

  /**
   * WeCom may refuse a whole call for one recipient without naming it. Such a call is halved until the bad one stands
   * alone; but not for ever when nothing at all gets through, since then the recipients are not to blame.
   */
  async #halve(targets: readonly CarriedTarget[], part: number, errcode: number | undefined): Promise<void> {
    if (++this.#refusalsInVain > MAX_REFUSALS_IN_VAIN) return this.#giveUp(targets, part, errcode)
    const middle = Math.ceil(targets.length / 2)
    await this.#sendOn(targets.slice(0, middle), part)
    await this.#sendOn(targets.slice(middle), part)
  }

  async #giveUp(targets: readonly CarriedTarget[], part: number, errcode: number | undefined): Promise<void> {
    const patches = new Patches()
    const reason = reasonOf("call_refused", { part, partCount: this.#run.partCount })
    const detail = { reason, ...(errcode !== undefined && { errcode }) }
    for (const { positions } of targets) {
      for (const position of positions) patches.add(position, { state: "failed", detail })
    }
    await this.#run.patch({ patches: patches.list() })
  }

  /** Parts come one after another, because WeCom promises no order. */
  async #sendNextPart(targets: readonly CarriedTarget[], part: number): Promise<void> {
    const { desk, message, rest } = this.#run
    const send = { at: Infinity }
    const rank = PRIORITIES.indexOf(message.priority)
    const admitted: CarriedTarget[] = []
    const patches = new Patches()
    for (const target of targets) {
      const delayedUntil = desk.windows.admit(target.key, send, rank, this.#run.now())
      if (delayedUntil === undefined) admitted.push(target)
      else {
        rest.until(delayedUntil)
        for (const position of target.positions) patches.add(position, { state: "pending", detail: { delayedUntil } })
      }
    }
    if (!patches.isEmpty) await this.#run.patch({ patches: patches.list() })
    if (admitted.length > 0) await this.#sendOn(admitted, part, send)
  }

  async #sendOn(targets: readonly CarriedTarget[], part: number, counted?: { at: number }): Promise<void> {
    const run = this.#run
    const send = counted ?? { at: Infinity }
    if (counted === undefined) for (const { key } of targets) run.desk.windows.record(key, send)
    const permit = run.isExpired() ? undefined : await this.#permit()
    if (permit === undefined) {
      send.at = -Infinity
      run.rest.until(run.message.sendAt)
      return
    }
    await this.#fly({ number: run.nextCallNumber(), part, targets, send }, permit)
  }

  /** Whoever is meant twice gets one copy, and both recipients the same outcome. */
  async #copyTwins(intake: Intake): Promise<void> {
    const patches = new Patches()
    let first: RecipientChunk | undefined
    for (const {
      of: [index, place],
      position,
    } of intake.twins) {
      if (first?.index !== index) first = await this.#chunk(index, false)
      const state = first?.states[place]
      if (first === undefined || state === undefined || state === "pending") continue
      patches.add(position, {
        state,
        userid: first.userids[place],
        call: first.calls[place] ?? undefined,
        detail: first.details[place],
      })
    }
    if (!patches.isEmpty) await this.#run.patch({ patches: patches.list() })
  }
}

async function inDoubt(run: RunContext): Promise<readonly OpenCall[]> {
  return (await readOpenCalls(run)).filter(({ call }) => call.mayHaveArrived)
}

const SHORTEST_PAUSE_MS = 1000

/** Enough to find a hundred bad ones in a row at the head of a call of a thousand. */
const MAX_REFUSALS_IN_VAIN = 200

function sha256(body: string): string {
  return hash("sha256", body, "base64url")
}
