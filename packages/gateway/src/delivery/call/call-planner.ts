import type { DelayReason, RecipientState, TargetKind } from "@wecom-push/protocol/delivery"
import { CallFiller, targetKey } from "@wecom-push/protocol/delivery"
import type { Channel } from "../../channels/channel.ts"
import { wayTo } from "../../channels/ways.ts"
import type { KeyTable } from "../../model/compact/key-table.ts"
import { RecipientUpdates } from "../../model/recipient-updates.ts"
import { positionAt } from "../../model/recipients.ts"
import type { RecipientChunk, RecipientPosition, RecipientType } from "../../model/recipients.ts"
import { addTo, isLookedUp, targetOf } from "../../model/target.ts"
import type { CallTarget, OpenTarget } from "../../model/target.ts"
import type { Carried } from "./carried.ts"
import { askForPeople, recallPeople } from "../../people/find-people.ts"
import type { Deferred, Reservation } from "../../model/ports/governor.ts"
import type { KnownPeople } from "../../people/find-people.ts"
import type { LookupResult } from "../../people/people.ts"
import type { RunContext } from "./run-context.ts"

/** A call before it is frozen. */
export interface Draft {
  readonly targets: CallTarget[]
  readonly reservation: Reservation
}

type Filler = CallFiller<CallTarget, Draft>

/** Calls of one part that go out one way. */
interface Filling {
  readonly part: number
  readonly way: Channel
  readonly filler: Filler
}

/** Which part of the message a recipient gets next, by the number of the call that carried it last. */
export type NextPart = (lastCall: number | null) => number

/**
 * Turns the pending recipients of a message into calls: looks people up, makes sure that no member gets two copies, leaves
 * out recipients that have reached a limit for now, and packs the rest.
 */
export class CallPlanner implements AsyncDisposable {
  readonly #run: RunContext
  readonly #nextPart: NextPart
  readonly #fillers: Filling[] = []
  /** The first position of each known person, as one number. */
  readonly #seen: Map<string, number> | KeyTable
  /** Targets to which another recipient that means the same person can still be added. */
  #filling = new Map<string, OpenTarget>()
  #limited: Map<string, Deferred> | undefined
  readonly #carried: Carried
  /** For each chunk, the slots for which WeCom has to be asked. */
  readonly #unknown = new Map<number, readonly number[]>()
  /** True once a recipient was put after others that come after it in the message. */
  #hasFound = false
  readonly #duplicates: { readonly of: RecipientPosition; readonly position: RecipientPosition }[] = []

  constructor(run: RunContext, carried: Carried, nextPart: NextPart) {
    this.#run = run
    this.#nextPart = nextPart
    this.#carried = carried
    this.#seen = carried.seen
  }

  /** Recipients that mean a person whom another recipient of the same message has served, or is serving. */
  get duplicates(): readonly { readonly of: RecipientPosition; readonly position: RecipientPosition }[] {
    return this.#duplicates
  }

  /**
   * Takes all recipients of a chunk except those for which WeCom has to be asked.
   * @param which `groups` takes departments and tags alone, `members` leaves them out
   */
  async take(chunk: RecipientChunk, which: Which): Promise<void> {
    const isTaken = (slot: number): boolean =>
      isOf(which, chunk.types[slot]) &&
      chunk.states[slot] === "pending" &&
      this.#run.isOfTurn(chunk.details[slot]) &&
      !this.#carried.has(positionAt(chunk.index, slot))
    const recalled = recallPeople(this.#run.runtime.people, chunk, isTaken)
    const people = recalled instanceof Promise ? await recalled : recalled
    if (people.unknown.length > 0) this.#unknown.set(chunk.index, people.unknown)
    const updates = new RecipientUpdates()
    for (let slot = 0; slot < chunk.states.length; slot++) {
      if (isTaken(slot)) this.#put(chunk, slot, people, updates)
      else if (isOf(which, chunk.types[slot])) this.#remember(chunk, slot)
    }
    if (!updates.isEmpty) await this.#run.update({ updates: updates.list() })
  }

  /** Chunks of which `take` has left out recipients. */
  chunksToLookUp(): readonly number[] {
    return [...this.#unknown.keys()]
  }

  /** Asks WeCom for the recipients that `take` has left out. @param signal no question begins after it */
  async lookUp(chunk: RecipientChunk, signal: AbortSignal): Promise<KnownPeople> {
    const { people } = this.#run.runtime
    const { keyId, priority } = this.#run.message
    const slots = this.#unknown.get(chunk.index) ?? []
    using span = this.#run.begin("find people", { "wecom_push.recipients": slots.length })
    return await askForPeople(people, chunk, slots, { keyId, priority, signal, trace: span.trace })
  }

  /** Takes the recipients that `take` has left out, with the results of WeCom's answers. */
  async takeFound(chunk: RecipientChunk, people: KnownPeople): Promise<void> {
    this.#hasFound = true
    const updates = new RecipientUpdates()
    for (const slot of this.#unknown.get(chunk.index) ?? []) {
      if (chunk.states[slot] === "pending") this.#put(chunk, slot, people, updates)
    }
    if (!updates.isEmpty) await this.#run.update({ updates: updates.list() })
  }

  /** A call that is full, with its part. */
  takeFull(): [part: number, draft: Draft] | undefined {
    for (const { part, filler } of this.#fillers) {
      const draft = filler.takeFull()
      if (draft !== undefined) return [part, this.#close(draft)]
    }
    return undefined
  }

  /** The next call, full or not. */
  takeNext(): [part: number, draft: Draft] | undefined {
    for (const { part, filler } of this.#fillers) {
      const draft = filler.take()
      if (draft !== undefined) return [part, this.#close(draft)]
    }
    return undefined
  }

  /** Gives back what was reserved for calls that were not taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let next = this.takeNext(); next !== undefined; next = this.takeNext()) {
      await next[1].reservation[Symbol.asyncDispose]()
    }
  }

  #remember(chunk: RecipientChunk, slot: number): void {
    if (!HAS_A_COPY.has(chunk.states[slot] ?? "pending")) return
    const target = targetOf(chunk, slot)
    if (target === undefined) return
    const key = targetKey(target.kind, target.id)
    if (!this.#seen.has(key)) this.#seen.set(key, positionAt(chunk.index, slot))
  }

  #put(chunk: RecipientChunk, slot: number, people: KnownPeople, updates: RecipientUpdates): void {
    const position = positionAt(chunk.index, slot)
    const result = people.results[slot]
    if (result !== undefined && result.kind !== "found") return this.#notFound(chunk, slot, result, updates)
    const userid = result === undefined ? people.remembered[slot] : result.userid
    const known = userid === undefined ? targetOf(chunk, slot) : { kind: "user" as const, id: userid }
    // WeCom has to be asked first.
    if (known === undefined) return
    const key = targetKey(known.kind, known.id)
    const isFresh = chunk.details[slot]?.fresh === true || (result !== undefined && !result.isRemembered)
    const isRemembered = isLookedUp(chunk.types[slot] ?? "user") && !isFresh

    const filling = this.#filling.get(key)
    if (filling !== undefined) {
      addTo(filling, position, isRemembered)
      return
    }
    const first = this.#seen.get(key)
    if (first !== undefined) {
      this.#duplicates.push({ of: first, position })
      return
    }
    // A name may be that of another app by now, which has no way to such a recipient.
    if (wayTo(this.#run.runtime, known.kind).kind.most[known.kind] === 0) return this.#withoutWay(position, updates)
    const part = this.#nextPart(chunk.calls[slot] ?? null)
    const filler = this.#fillerFor(part, known.kind)
    const draft = filler.room(known.kind)
    const limited = this.#limited?.get(key) ?? draft.reservation.add(key)
    if (limited !== undefined) {
      this.#limited ??= new Map()
      this.#limited.set(key, limited)
      const { untilMs, reason } = limited
      const kept = known.kind === "user" && reason !== "day_quota" ? known.id : undefined
      return this.#delay(chunk, slot, untilMs, reason, updates, kept)
    }
    const target: OpenTarget = { ...known, key, positions: [position], remembered: [isRemembered] }
    filler.put(draft, target)
    this.#seen.set(key, position)
    this.#filling.set(key, target)
  }

  /** The recipient was for the app that had the name before. */
  #withoutWay(position: RecipientPosition, updates: RecipientUpdates): void {
    const { message, deps } = this.#run
    updates.add(position, { state: "failed", detail: { reason: "app_removed" } })
    deps.metrics.recipientsFinished(message.app, "failed", 1)
  }

  #notFound(
    chunk: RecipientChunk,
    slot: number,
    result: Exclude<LookupResult, { kind: "found" }>,
    updates: RecipientUpdates,
  ): void {
    const { message, deps } = this.#run
    switch (result.kind) {
      case "not_found":
      case "invalid": {
        const { kind: state, reason, errcode } = result
        updates.add(positionAt(chunk.index, slot), {
          state,
          detail: { reason, ...(errcode !== undefined && { errcode }) },
        })
        deps.metrics.recipientsFinished(message.app, state, 1)
        return
      }
      case "refused":
        updates.add(positionAt(chunk.index, slot), {
          state: "failed",
          detail: { reason: "call_refused", errcode: result.errcode },
        })
        deps.metrics.recipientsFinished(message.app, "failed", 1)
        return
      case "later":
        // Why the whole app waits is reported with the app, and a recipient that waits for that keeps its place in the queue.
        if (result.why === "app_closed") this.#run.nextWake.until(this.#run.queuePosition())
        else if (result.why === "unreachable") this.#run.nextWake.until(result.at)
        else this.#delay(chunk, slot, result.at, LOOKUP_DELAYS[result.why], updates)
    }
  }

  #delay(
    chunk: RecipientChunk,
    slot: number,
    delayedUntil: number,
    reason: DelayReason,
    updates: RecipientUpdates,
    userid?: string,
  ): void {
    const before = chunk.details[slot]
    this.#run.nextWake.until(delayedUntil)
    this.#run.deps.metrics.throttled(this.#run.message.app, reason)
    if (before?.delayedUntil === delayedUntil && before.reason === reason) return
    const detail = { delayedUntil, reason, ...(before?.fresh === true && { fresh: true as const }) }
    updates.add(positionAt(chunk.index, slot), { state: "pending", detail }, userid)
  }

  #fillerFor(part: number, kind: TargetKind): Filler {
    const way = wayTo(this.#run.runtime, kind)
    const known = this.#fillers.find((one) => one.part === part && one.way === way)
    if (known !== undefined) return known.filler
    const filler: Filler = new CallFiller(way.kind.most, () => this.#open(kind))
    this.#fillers.push({ part, way, filler })
    return filler
  }

  #open(kind: TargetKind): Draft {
    const { runtime, message } = this.#run
    return { targets: [], reservation: runtime.governor.reserve(message.priority, message.id, kind) }
  }

  #close(draft: Draft): Draft {
    // Mostly calls are taken while no other call is being filled. A new map is garbage before it is old, which is cheap to
    // collect.
    if (draft.targets.length === this.#filling.size) this.#filling = new Map()
    else for (const { key } of draft.targets) this.#filling.delete(key)
    if (this.#hasFound) draft.targets.sort(byRecipient)
    return draft
  }
}

/** After a crash the order in the body tells which userid belongs to which recipient. */
function byRecipient(a: CallTarget, b: CallTarget): number {
  return (a.positions[0] ?? Infinity) - (b.positions[0] ?? Infinity)
}

const LOOKUP_DELAYS = { budget_spent: "lookup_budget", lookup_paused: "lookup_paused" } as const

/** A recipient in one of these states has got the message, or may have. */
const HAS_A_COPY: ReadonlySet<RecipientState> = new Set(["sent", "suppressed", "in_doubt", "recalled"])

export function isGroupType(type: RecipientType | undefined): boolean {
  return type === "department" || type === "tag"
}

type Which = "all" | "groups" | "members"

function isOf(which: Which, type: RecipientType | undefined): boolean {
  return which === "all" || isGroupType(type) === (which === "groups")
}

/** For a message without any call yet. */
export const FIRST_PART: NextPart = () => 0

/**
 * Finds which part each recipient of a message in parts gets next. After an accepted call comes the next part, after any
 * other call the same part again.
 */
export async function readNextParts(run: RunContext): Promise<NextPart> {
  if (run.partCount === 1) return FIRST_PART
  const next = new Map<number, number>()
  let cursor: string | undefined
  do {
    const page = await run.deps.reader.calls({
      messageId: run.message.id,
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { number, part, result } of page.items) {
      next.set(number, Math.min(result === "accepted" ? part + 1 : part, run.partCount - 1))
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return (lastCall) => (lastCall === null ? 0 : (next.get(lastCall) ?? 0))
}
