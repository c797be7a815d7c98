import type { Draft } from "../core/fill-calls.ts"
import { CallFiller } from "../core/fill-calls.ts"
import { KeyTable } from "../core/key-table.ts"
import { Patches } from "../core/patches.ts"
import { PRIORITIES } from "../core/message.ts"
import { CHUNK_SIZE } from "../core/recipients.ts"
import type { RecipientChunk, RecipientPosition, RecipientType } from "../core/recipients.ts"
import type { RecipientState } from "../core/states.ts"
import { isLookedUp, targetKey, targetOf } from "../core/target.ts"
import type { CarriedTarget } from "../core/target.ts"
import type { OpenCall } from "./open-calls.ts"
import type { Finding, Wanted } from "./people/people.ts"
import type { RunContext } from "./run-context.ts"

/** Which part of the message a recipient gets next, by the number of the call that carried it last. */
export type NextPart = (lastCall: number | null) => number

/**
 * Turns the pending recipients of a message into calls: looks people up, sees that nobody gets two copies, leaves out
 * who has had enough for now, packs the rest.
 */
export class Intake {
  readonly #run: RunContext
  readonly #nextPart: NextPart
  readonly #rank: number
  readonly #fillers = new Map<number, CallFiller>()
  /** Where whoever is known stands first, as one number. */
  readonly #seen: Map<string, number> | KeyTable
  /** Targets that can still be told of another recipient that means them. */
  readonly #filling = new Map<string, CarriedTarget>()
  readonly #limited = new Map<string, number>()
  readonly #carried = new Set<number>()
  readonly #twins: { readonly of: RecipientPosition; readonly position: RecipientPosition }[] = []

  constructor(run: RunContext, open: readonly OpenCall[], nextPart: NextPart) {
    this.#run = run
    this.#nextPart = nextPart
    this.#rank = PRIORITIES.indexOf(run.message.priority)
    this.#seen = run.claimed.chunkCount > 1 ? new KeyTable() : new Map<string, number>()
    for (const { targets } of open) {
      for (const { key, positions } of targets) {
        for (const position of positions) {
          this.#carried.add(code(position))
          if (!this.#seen.has(key)) this.#seen.set(key, code(position))
        }
      }
    }
  }

  /** Recipients that mean somebody who has been served, or is being served, by another of the same message. */
  get twins(): readonly { readonly of: RecipientPosition; readonly position: RecipientPosition }[] {
    return this.#twins
  }

  /** @param which `groups` takes departments and tags alone, `members` leaves them out */
  async take(chunk: RecipientChunk, which: "all" | "groups" | "members" = "all"): Promise<void> {
    const patches = new Patches()
    const places = [...chunk.states.keys()].filter(
      (place) => which === "all" || isGroupType(chunk.types[place]) === (which === "groups"),
    )
    const findings = await this.#lookUp(chunk, places)
    for (const place of places) {
      const position: RecipientPosition = [chunk.index, place]
      if (chunk.states[place] !== "pending") this.#remember(chunk, position)
      else if (!this.#carried.has(code(position))) this.#place(chunk, position, findings.get(place), patches)
    }
    if (patches.isEmpty) return
    await this.#run.patch({ patches: patches.list() })
  }

  /** A call that is full, with its part. */
  takeFull(): [part: number, draft: Draft] | undefined {
    for (const [part, filler] of this.#fillers) {
      const draft = filler.takeFull()
      if (draft !== undefined) return [part, this.#close(draft)]
    }
    return undefined
  }

  /** The next call as it is. */
  takeNext(): [part: number, draft: Draft] | undefined {
    for (const [part, filler] of this.#fillers) {
      const draft = filler.take()
      if (draft !== undefined) return [part, this.#close(draft)]
    }
    return undefined
  }

  /** Nothing more goes out: whoever was counted on is not sent to now. */
  abandon(): void {
    for (let next = this.takeNext(); next !== undefined; next = this.takeNext()) next[1].send.at = -Infinity
  }

  async #lookUp(chunk: RecipientChunk, places: readonly number[]): Promise<ReadonlyMap<number, Finding>> {
    const wanted: Wanted[] = []
    const asking: number[] = []
    for (const place of places) {
      const type = chunk.types[place]
      const address = chunk.addresses[place]
      if (type === undefined || address === undefined || !isLookedUp(type)) continue
      if (chunk.states[place] !== "pending" || chunk.userids[place] != null) continue
      if (this.#carried.has(code([chunk.index, place]))) continue
      wanted.push({ type, address, fresh: chunk.details[place]?.fresh === true })
      asking.push(place)
    }
    if (wanted.length === 0) return NOTHING
    const findings = await this.#run.desk.people.find(wanted)
    return new Map(asking.map((place, index) => [place, findings[index] ?? NOT_NOW]))
  }

  #remember(chunk: RecipientChunk, position: RecipientPosition): void {
    const target = targetOf(chunk, position[1])
    if (target === undefined || !HAS_A_COPY.has(chunk.states[position[1]] ?? "pending")) return
    const key = targetKey(target.kind, target.id)
    if (!this.#seen.has(key)) this.#seen.set(key, code(position))
  }

  #place(chunk: RecipientChunk, position: RecipientPosition, finding: Finding | undefined, patches: Patches): void {
    const place = position[1]
    if (finding !== undefined && finding.kind !== "found") return this.#notFound(chunk, position, finding, patches)
    const known = finding === undefined ? targetOf(chunk, place) : { kind: "user" as const, id: finding.userid }
    if (known === undefined) return
    const key = targetKey(known.kind, known.id)
    const isFresh = chunk.details[place]?.fresh === true || (finding !== undefined && !finding.isRemembered)
    const isRemembered = isLookedUp(chunk.types[place] ?? "user") && !isFresh

    const filling = this.#filling.get(key)
    if (filling !== undefined) {
      filling.positions.push(position)
      filling.remembered.push(isRemembered)
      return
    }
    const first = this.#seen.get(key)
    if (first !== undefined) {
      this.#twins.push({ of: positionOf(first), position })
      return
    }
    const part = this.#nextPart(chunk.calls[place] ?? null)
    const filler = this.#fillerFor(part)
    const draft = filler.room(known.kind)
    const limitedUntil =
      this.#limited.get(key) ?? this.#run.desk.windows.admit(key, draft.send, this.#rank, this.#run.now())
    if (limitedUntil !== undefined) {
      this.#limited.set(key, limitedUntil)
      return this.#delay(
        chunk,
        position,
        limitedUntil,
        "member_rate",
        patches,
        known.kind === "user" ? known.id : undefined,
      )
    }
    const target: CarriedTarget = { ...known, key, positions: [position], remembered: [isRemembered] }
    filler.put(draft, target)
    this.#seen.set(key, code(position))
    this.#filling.set(key, target)
  }

  #notFound(
    chunk: RecipientChunk,
    position: RecipientPosition,
    finding: Exclude<Finding, { kind: "found" }>,
    patches: Patches,
  ): void {
    const { message, deps } = this.#run
    switch (finding.kind) {
      case "not_found":
      case "invalid": {
        const { kind: state, reason, errcode } = finding
        patches.add(position, { state, detail: { reason, ...(errcode !== undefined && { errcode }) } })
        deps.metrics.recipientsFinished(message.app, state, 1)
        return
      }
      case "refused":
        patches.add(position, { state: "failed", detail: { reason: "call_refused", errcode: finding.errcode } })
        deps.metrics.recipientsFinished(message.app, "failed", 1)
        return
      case "later":
        // A reason that is soon gone is not worth a write for each recipient.
        if (finding.why === "unreachable" || finding.why === "app_closed") this.#run.rest.until(finding.at)
        else this.#delay(chunk, position, finding.at, finding.why, patches)
    }
  }

  #delay(
    chunk: RecipientChunk,
    position: RecipientPosition,
    delayedUntil: number,
    why: string,
    patches: Patches,
    userid?: string,
  ): void {
    const before = chunk.details[position[1]]
    this.#run.rest.until(delayedUntil)
    this.#run.deps.metrics.throttled(this.#run.message.app, why)
    if (before?.delayedUntil === delayedUntil) return
    const detail = { delayedUntil, ...(before?.fresh === true && { fresh: true as const }) }
    patches.add(position, { state: "pending", userid, detail })
  }

  #fillerFor(part: number): CallFiller {
    let filler = this.#fillers.get(part)
    if (filler === undefined) this.#fillers.set(part, (filler = new CallFiller()))
    return filler
  }

  #close(draft: Draft): Draft {
    for (const { key } of draft.targets) this.#filling.delete(key)
    return draft
  }
}

/** Whoever is in one of these states has got the message, or may have. */
const HAS_A_COPY: ReadonlySet<RecipientState> = new Set(["sent", "suppressed", "in_doubt", "recalled"])

const NOTHING: ReadonlyMap<number, Finding> = new Map()
const NOT_NOW: Finding = { kind: "later", at: 0, why: "unreachable" }

export function isGroupType(type: RecipientType | undefined): boolean {
  return type === "department" || type === "tag"
}

function code([chunk, place]: RecipientPosition): number {
  return chunk * CHUNK_SIZE + place
}

function positionOf(code: number): RecipientPosition {
  return [Math.floor(code / CHUNK_SIZE), code % CHUNK_SIZE]
}
