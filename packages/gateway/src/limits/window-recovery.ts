import { setImmediate as immediate } from "node:timers/promises"
import { keysOfNamed } from "@wecom-push/protocol/delivery"
import { partyKey } from "../model/party.ts"
import type { Party } from "../model/party.ts"
import type { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { LONGEST_ATTEMPT_MS } from "../model/longest-attempt.ts"
import { StorageError } from "../model/storage-error.ts"
import { BUSY_KEPT_MS, mostInHour } from "./busy-members.ts"
import type { MemberWindows } from "./member-windows.ts"
import type { BusyMembers } from "../model/ports/busy-members.ts"
import type { OperatorLog } from "../model/ports/log.ts"
import type { RecentSend, SendsQuery, SendsReader } from "../model/ports/reader.ts"

export interface WindowRecoveryDeps {
  readonly clock: JumpAwareClock
  readonly reader: SendsReader
  readonly busyMembers: BusyMembers
  /** The members named by the body of a call that is not an app's message. */
  readonly keysIn: (kind: string, body: string) => readonly string[]
  /** Counts such a call in where else it counts. @param at steady. @throws {StorageError} */
  readonly noteOther?: (party: Party, keys: readonly string[], at: number) => Promise<void>
  readonly log: OperatorLog
  readonly stopping: AbortSignal
}

/**
 * Fills members' windows with the sends from before this process began, so that a restart does not empty them: those of
 * the last minute before anything is sent; the rest of the hour, which may be a million sends, while messages go out.
 */
export class WindowRecovery {
  readonly #deps: WindowRecoveryDeps
  readonly #windowsOf: (party: Party, callKind: string | undefined) => MemberWindows
  /** Parties that have windows. */
  readonly #windows = new Map<string, MemberWindows>()
  /** When this process began, by the clock of the stored times, also where that clock was set while no process ran. */
  readonly #began: number
  /** While the hour is being read: the most that a member of a party can have got in it. */
  #mostOf: ((party: string, member: string) => number) | undefined
  /** Where the reading is: in the minute, or in the hour once the minute has been read. */
  #cursor: string | undefined
  #isMinuteRead = false

  constructor(deps: WindowRecoveryDeps, windowsOf: (party: Party, callKind: string | undefined) => MemberWindows) {
    this.#deps = deps
    this.#windowsOf = windowsOf
    this.#began = deps.clock.steady.now()
  }

  /**
   * Resolves when messages may be sent. After an error the next call continues where this one was.
   * @throws {StorageError}
   */
  async begin(): Promise<void> {
    const { completeFrom, members } = await this.#deps.busyMembers.since(this.#began - BUSY_KEPT_MS)
    const isComplete = completeFrom <= this.#began - HOUR_MS
    const counts = new Map(members.map(({ party, member, count }) => [`${partyKey(party)} ${member}`, count]))
    if (!this.#isMinuteRead) this.#isMinuteRead = await this.#read({ from: this.#minuteFrom })
    // Most hours have no more pages than this.
    if (await this.#read(this.#hour, PAGES_AT_ONCE)) return
    this.#mostOf = (party, member) => (isComplete ? mostInHour(counts.get(`${party} ${member}`)) : Infinity)
    for (const [party, windows] of this.#windows) this.#startReading(party, windows)
    void this.#readHour()
  }

  /** A party has windows from now on. */
  joined(party: Party, windows: MemberWindows): void {
    this.#windows.set(partyKey(party), windows)
    this.#startReading(partyKey(party), windows)
  }

  #startReading(party: string, windows: MemberWindows): void {
    const mostOf = this.#mostOf
    if (mostOf === undefined) return
    windows.isReading({ since: this.#began, mostOf: (member) => mostOf(party, member) })
  }

  get #minuteFrom(): number {
    return this.#began - MINUTE_MS - LONGEST_ATTEMPT_MS
  }

  get #hour(): Required<Pick<SendsQuery, "from" | "before">> {
    return { from: this.#began - HOUR_MS - LONGEST_ATTEMPT_MS, before: this.#minuteFrom }
  }

  async #readHour(): Promise<void> {
    const { stopping } = this.#deps
    while (!stopping.aborted) {
      try {
        if (!(await this.#read(this.#hour))) return
        this.#mostOf = undefined
        for (const windows of this.#windows.values()) windows.wasRead()
        return
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        this.#deps.log.warn({ code: error.code }, "could not read the sends of the last hour; trying again")
        // oxlint-disable-next-line promise/prefer-await-to-then -- a stop is no error
        await this.#deps.clock.sleep(READ_AGAIN_MS, stopping).catch(() => undefined)
      }
    }
  }

  /** @returns whether it has read all of the range */
  async #read(range: Pick<SendsQuery, "from" | "before">, mostPages = Infinity): Promise<boolean> {
    const { reader, stopping } = this.#deps
    for (let pages = 0; pages < mostPages && !stopping.aborted; pages++) {
      const cursor = this.#cursor
      const page = await reader.sends({ ...range, limit: SENDS_PER_TURN, ...(cursor !== undefined && { cursor }) })
      let keys = 0
      for (const send of page.items) {
        const named = this.#record(send)
        if (send.other !== undefined) await this.#deps.noteOther?.(send.party, named, this.#steadyTimeOf(send))
        keys += named.length
        // One call may name a thousand members.
        if (keys < KEYS_PER_TURN) continue
        keys = 0
        await immediate()
      }
      this.#cursor = page.nextCursor
      if (this.#cursor === undefined) return true
      await immediate()
    }
    return false
  }

  /** @returns the members that it names */
  #record(sent: RecentSend): readonly string[] {
    const { party, named, other } = sent
    const windows = this.#windowsOf(party, other?.kind)
    if (!windows.isLimited && other === undefined) return []
    const send = { at: this.#steadyTimeOf(sent) }
    const keys = other === undefined ? keysOfNamed(named) : this.#deps.keysIn(other.kind, other.body)
    if (windows.isLimited) for (const key of keys) windows.record(key, send)
    return keys
  }

  #steadyTimeOf({ at }: RecentSend): number {
    const { clock } = this.#deps
    // It was stored before the clock was set while no process ran.
    return Math.min(clock.toSteady(at) + clock.setBeforeStartMs, this.#began)
  }
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const READ_AGAIN_MS = 1000
/** One or two milliseconds of reading. */
const SENDS_PER_TURN = 250
const KEYS_PER_TURN = 2000
/** Some ten milliseconds of reading. */
const PAGES_AT_ONCE = 8
