import { SlidingLog } from "./sliding-log.ts"

const MINUTE_MS = 60_000

/**
 * The limit for messages of one group robot: 20 a minute. A message over the limit closes the robot for a minute;
 * further calls do not prolong that.
 * @see wecom document 99110, 90312
 */
export class RobotRate {
  readonly #robots = new Map<string, { log: SlidingLog; closedUntilMs: number }>()

  /** Whether the robot may send now. */
  isOpen(key: string, perMinute: number | null, nowMs: number): boolean {
    if (perMinute === null) return true
    const robot = this.#robot(key)
    if (nowMs < robot.closedUntilMs) return false
    robot.log.countWithin(MINUTE_MS, nowMs)
    if (!robot.log.isFull(perMinute, MINUTE_MS, nowMs)) return true
    robot.closedUntilMs = nowMs + MINUTE_MS
    return false
  }

  /** Counts a message that it has sent. */
  count(key: string, nowMs: number): void {
    this.#robot(key).log.add(nowMs)
  }

  /** Opens closed robots; what was counted stays. */
  open(): void {
    for (const robot of this.#robots.values()) robot.closedUntilMs = 0
  }

  reset(): void {
    this.#robots.clear()
  }

  #robot(key: string): { log: SlidingLog; closedUntilMs: number } {
    const robot = this.#robots.get(key) ?? { log: new SlidingLog(), closedUntilMs: 0 }
    this.#robots.set(key, robot)
    return robot
  }
}
