import type { Clock } from "@wecom-push/sdk"
import { beijingDay, nextBeijingDayAt } from "@wecom-push/protocol/delivery"
import { PRIORITIES } from "../model/message.ts"
import type { Priority } from "../model/message.ts"
import type { Exhausted } from "../model/shares.ts"
import type { AskedNumbers, MissBudget, MissClaim, ShareOfMisses } from "../model/ports/misses.ts"
import { LookupQueue } from "./lookup-queue.ts"
import type { LookupBatch } from "./lookup-queue.ts"
import { LOOKUPS_AT_ONCE } from "./lookup-rules.ts"

/** Permission to ask for one number that may be unknown. */
export interface Leave {
  readonly day: string
  readonly holder: LookupHolder
}

/** The key and the app for which a number is looked up. */
export interface LookupHolder {
  readonly app: string
  /** Undefined where no key asks. */
  readonly key?: string | undefined
  readonly priority: Priority
}

export interface MissLimits {
  readonly budget: number
  /** The most that one key or one app may have of the budget, once more than half would be taken. */
  readonly share: number
}

export interface Spent {
  readonly spentUntil: number
  /** Set when a share is used up, but not the whole allowance. */
  readonly share?: Exclude<Exhausted, { of: "all" }>
}

export interface MissAllowanceDeps {
  readonly clock: Clock
  readonly misses: MissBudget
  readonly corpId: string
  readonly limits: () => Promise<MissLimits>
  readonly stopping: AbortSignal
}

/**
 * A corp's allowance of unknown numbers for the day. Each question takes one and its answer settles it, so that
 * simultaneous questions cannot overspend it. A caller that finds none left waits while other numbers are being asked,
 * here or on another node: each of those that turns out to be a member's number gives one back.
 */
export class MissAllowance {
  readonly #deps: MissAllowanceDeps
  readonly #queue = new LookupQueue<Waiter>()
  #asking = 0
  #isServing = false
  /** Increases with each event that may help a waiting caller. */
  #changes = 0
  #pausing: AbortController | undefined
  /** Answers that could not be stored. */
  readonly #owed: { readonly day: string; readonly asked: AskedNumbers }[] = []

  constructor(deps: MissAllowanceDeps) {
    this.#deps = deps
  }

  /** @returns when the next allowance begins, if today's is spent; undefined when the gateway stops */
  take(holder: LookupHolder): Promise<Leave | Spent | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Leave | Spent | undefined>()
    // Otherwise each new caller would cost a question to the store while one number is left and a thousand callers
    // wait.
    if (this.#queue.add(holder.priority, nameOf(holder), { holder, resolve, reject })) this.#changed()
    if (!this.#isServing) void this.#serve()
    return promise
  }

  /** @param isMiss no member has the number, so the allowance is one smaller for today */
  async settle({ day, holder }: Leave, isMiss: boolean): Promise<void> {
    const asked = { asked: 1, missed: isMiss ? 1 : 0, names: namesOf(holder) }
    try {
      await this.#deps.misses.settle(this.#deps.corpId, day, asked)
    } catch (error) {
      // An unsettled number would count as being asked for as long as this process runs.
      this.#owed.push({ day, asked })
      throw error
    } finally {
      this.#asking--
      this.#changed()
    }
  }

  async #serve(): Promise<void> {
    this.#isServing = true
    try {
      while (this.#queue.size > 0) {
        if (this.#deps.stopping.aborted) {
          for (const { resolve } of this.#queue.takeAll()) resolve(undefined)
          break
        }
        const before = this.#changes
        const isDone = await this.#serveOnce()
        if (isDone && before === this.#changes) await this.#untilChange()
      }
    } catch (error) {
      for (const { reject } of this.#queue.takeAll()) reject(error)
    } finally {
      this.#isServing = false
    }
  }

  /** @returns false when another round may give a waiting caller something at once */
  async #serveOnce(): Promise<boolean> {
    await this.#settleOwed()
    // Read before the limits, so that no caller is refused by limits from before it came: later callers are not in the
    // batch.
    const turns = this.#queue.turns()
    const limits = await this.#deps.limits()
    const refused = new Set<string>()
    let isDone = true
    for (const turn of turns) {
      const room = LOOKUPS_AT_ONCE - this.#asking
      if (room <= 0) return true
      if (refused.has(turn.holder)) continue
      const outcome = await this.#serveHolder(turn, Math.min(turn.count, room), limits)
      if (outcome === "nothing_left") return true
      if (outcome === "served") isDone = false
      else refused.add(turn.holder)
    }
    return isDone
  }

  async #serveHolder(
    turn: LookupBatch<Waiter>,
    wanted: number,
    { budget, share }: MissLimits,
  ): Promise<"served" | "refused" | "nothing_left"> {
    const { clock, misses, corpId } = this.#deps
    const { holder } = turn.first
    const now = clock.now()
    const day = beijingDay(now)
    const { granted, short } = await misses.take(corpId, day, wanted, budget, {
      names: namesOf(holder),
      share,
      rank: PRIORITIES.indexOf(holder.priority),
    })
    this.#asking += granted
    for (const { holder: own, resolve } of turn.take(granted)) resolve({ day, holder: own })
    if (short === undefined) return "served"
    if (short.isSpent) {
      const spent = {
        spentUntil: nextBeijingDayAt(now),
        ...(short.share && { share: exhaustedOf(short.share, share) }),
      }
      for (const { resolve } of turn.take(Infinity)) resolve(spent)
      return "served"
    }
    return short.share === undefined ? "nothing_left" : "refused"
  }

  async #settleOwed(): Promise<void> {
    for (let owed = this.#owed[0]; owed !== undefined; owed = this.#owed[0]) {
      await this.#deps.misses.settle(this.#deps.corpId, owed.day, owed.asked)
      this.#owed.shift()
    }
  }

  #changed(): void {
    this.#changes++
    this.#pausing?.abort()
  }

  /** Waits for a change, or for a short delay: neither another node nor a changed budget notifies this one. */
  async #untilChange(): Promise<void> {
    this.#pausing = new AbortController()
    const signal = AbortSignal.any([this.#pausing.signal, this.#deps.stopping])
    try {
      await this.#deps.clock.sleep(LOOK_AGAIN_MS, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

interface Waiter {
  readonly holder: LookupHolder
  readonly resolve: (taken: Leave | Spent | undefined) => void
  readonly reject: (error: unknown) => void
}

const LOOK_AGAIN_MS = 100

const KEY = "key "
const APP = "app "

function namesOf({ key, app }: LookupHolder): MissClaim["names"] {
  return [...(key === undefined ? [] : [KEY + key]), APP + app]
}

function nameOf({ key, app }: LookupHolder): string {
  return JSON.stringify([key, app])
}

function exhaustedOf({ name, taken }: ShareOfMisses, limit: number): NonNullable<Spent["share"]> {
  const of = name.startsWith(KEY) ? "key" : "app"
  return { of, name: name.slice(of.length + 1), taken, limit }
}
