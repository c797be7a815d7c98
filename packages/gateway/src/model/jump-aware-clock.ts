import type { Clock } from "@wecom-push/sdk"
import { ClockWatch } from "./clock-watch.ts"
import type { NotedBoot, NotedClock, Uptime } from "./ports/clock-notes.ts"
import type { Lifetime } from "./message.ts"
import { isBelievedAtOnce, UnconfirmedJump } from "./unconfirmed-jump.ts"

/** Times about which two readings of the clock disagree; which reading is right is not known yet. */
export interface DoubtedExpiry {
  /** Whether a message has expired by one reading and not by the other: then it neither expires nor is sent. */
  concerns(life: Lifetime): boolean
  /** When it will be known which reading is right. */
  readonly untilMs: number
}

/**
 * The wall clock, watched for jumps: it gives the times that are stored and reported. Beside it a steady time, which is
 * the wall clock without the jumps: it measures durations within one process.
 */
export class JumpAwareClock implements Clock {
  readonly steady: Clock
  readonly #machine: Clock
  readonly #watch: ClockWatch
  readonly #unconfirmed: UnconfirmedJump
  /** The jump that is not trusted yet for deletions, which cannot be undone. */
  readonly #untrusted: UnconfirmedJump
  readonly #listeners: ((byMs: number) => void)[] = []
  /** By how much the clock was set since the process before this one last read it, in the same boot of the machine. */
  readonly setBeforeStartMs: number
  /** Whether that is known. */
  readonly knowsBoot: boolean
  /** All jumps since the process before this one looked last. */
  #jumpedMs: number
  readonly #setBeforeMs: number
  readonly #uptime: Uptime | undefined

  /**
   * @param noted the clock times in the store; a start far from the last trusted time counts as a jump
   * @param uptime shows, within one boot of the machine, by how much the clock was set while no process ran
   */
  constructor(machine: Clock, noted: NotedClock = NEVER_SET, uptime?: Uptime) {
    this.#machine = machine
    this.#setBeforeMs = noted.setByMs
    this.#uptime = uptime
    const now = machine.now()
    const monotonic = this.#monotonic()
    const { boot } = noted
    this.knowsBoot = uptime !== undefined && boot?.boot === uptime.boot
    const unset = uptime !== undefined && boot?.boot === uptime.boot ? boot.at + noted.setByMs + uptime.ms() : now
    this.#watch = new ClockWatch(unset, monotonic)
    this.setBeforeStartMs = this.#watch.look(now, monotonic)
    this.#jumpedMs = this.setBeforeStartMs
    this.#unconfirmed = new UnconfirmedJump(CONFIRMED_AFTER_MS, this.setBeforeStartMs, monotonic)
    const sinceTrustedMs = noted.trustedAt === undefined ? 0 : now - noted.trustedAt
    const isNear = sinceTrustedMs >= 0 && sinceTrustedMs <= FAR_MS
    this.#untrusted = new UnconfirmedJump(TRUSTED_AFTER_MS, isNear ? 0 : sinceTrustedMs, monotonic)
    this.steady = {
      now: () => this.now() - this.#jumpedMs,
      sleep: (ms, signal) => machine.sleep(ms, signal),
    }
  }

  now(): number {
    const now = this.#machine.now()
    const monotonic = this.#monotonic()
    const by = this.#watch.look(now, monotonic)
    if (by === 0) return now
    this.#jumpedMs += by
    this.#unconfirmed.jumped(by, monotonic)
    this.#untrusted.jumped(by, monotonic)
    for (const listener of this.#listeners) listener(by)
    return now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal)
  }

  /** Calls `listener` when the wall clock has jumped, by so many milliseconds: below 0 when it went back. */
  onJump(listener: (byMs: number) => void): void {
    this.#listeners.push(listener)
  }

  /** By how much the clock has been set in all, including the time before this process. */
  get setByMs(): number {
    return this.#setBeforeMs + this.#jumpedMs
  }

  /** A steady time as the wall clock would show it now. */
  toWall(steady: number): number {
    return steady + this.#jumpedMs
  }

  toSteady(wall: number): number {
    return wall - this.#jumpedMs
  }

  /** How far to search back by stored times to find everything of the last `ms`. */
  lookBack(ms: number): number {
    return ms + this.#watch.stretch(ms, this.#monotonic())
  }

  /** When a message expires, as the wall clock shows it. */
  expiryOf({ expiresAt, clockSetMs, expiryMoves }: Lifetime): number {
    this.now()
    return expiryMoves === true && clockSetMs !== undefined ? expiresAt + this.setByMs - clockSetMs : expiresAt
  }

  /** Whether the message is past its time by at least one reading of the clock: no call of it may begin then. */
  mayHaveExpired(life: Lifetime): boolean {
    const now = this.now()
    return (this.isInDoubt(life) ? Math.max(now, now - this.#aheadMs()) : now) >= this.expiryOf(life)
  }

  /** Whether the message is past its time by both readings of the clock. */
  hasExpired(life: Lifetime): boolean {
    const now = this.now()
    return (this.isInDoubt(life) ? Math.min(now, now - this.#aheadMs()) : now) >= this.expiryOf(life)
  }

  /** Whether the expiry was given by a clock that has been set since. */
  isInDoubt({ clockSetMs, expiryMoves }: Lifetime): boolean {
    if (expiryMoves === true) return false
    return clockSetMs === undefined || !isBelievedAtOnce(this.setByMs - clockSetMs)
  }

  /** The time by which messages expire: the earlier reading, until the later one has lasted. */
  expiryTime(): number {
    const now = this.now()
    return Math.min(now, now - this.#aheadMs())
  }

  /** Undefined while only one reading is possible. */
  doubtedExpiry(): DoubtedExpiry | undefined {
    const now = this.now()
    if (this.#aheadMs() === 0) return undefined
    return {
      concerns: (life) => this.mayHaveExpired(life) && !this.hasExpired(life),
      untilMs: now + this.graceMs(),
    }
  }

  /**
   * The time for deletions: while a jump is less than an hour old the earlier of the two readings, so that nothing is
   * deleted too early by either.
   */
  trustedTime(): number {
    const now = this.now()
    return Math.min(now, now - this.#untrusted.byMs(this.#monotonic()))
  }

  /** The time to store for the next process: the reading before a jump, while the jump is less than an hour old. */
  trustedReading(): number {
    return this.now() - this.#untrusted.byMs(this.#monotonic())
  }

  /** The start of the machine, to store for the next process. */
  boot(): NotedBoot | undefined {
    const now = this.now()
    return this.#uptime && { boot: this.#uptime.boot, at: now - this.setByMs - this.#uptime.ms() }
  }

  /** How much longer the present reading has to last before messages expire by it. */
  graceMs(): number {
    this.now()
    return this.#unconfirmed.leftMs(this.#monotonic())
  }

  #aheadMs(): number {
    return this.#unconfirmed.byMs(this.#monotonic())
  }

  #monotonic(): number {
    return Math.round(this.#machine.monotonic?.() ?? this.#machine.now())
  }
}

/** A clock that was set wrong is often corrected soon, and expired messages stay expired. */
const CONFIRMED_AFTER_MS = 5 * 60_000
/** Longer than an operator who has noticed leaves a clock wrong. */
const TRUSTED_AFTER_MS = 3_600_000
/** Longer than the interval between two stored times plus a restart. */
const FAR_MS = 15 * 60_000
const NEVER_SET: NotedClock = { setByMs: 0, trustedAt: undefined }
