import { SlidingLog } from "./sliding-log.ts"

const MINUTE_MS = 60_000

/**
 * Messages of one group robot: 20 a minute. What breaks the window closes the robot for a minute, and calling on
 * meanwhile does not prolong that.
 * @see wecom document 99110, 90312
 */
export class RobotRate {
  readonly #robots = new Map<string, { log: SlidingLog; closedUntilMs: number }>()

  /** Whether it may send now. */
  isOpen(key: string, perMinute: number | null, nowMs: number): boolean {
    if (perMinute === null) return true
    const robot = this.#robot(key)
    if (nowMs < robot.closedUntilMs) return false
    robot.log.countWithin(MINUTE_MS, nowMs)
    if (!robot.log.isFull(perMinute, MINUTE_MS, nowMs)) return true
    robot.closedUntilMs = nowMs + MINUTE_MS
    return false
  }

  /** It has sent a message. */
  count(key: string, nowMs: number): void {
    this.#robot(key).log.add(nowMs)
  }

  /** Opens what was closed; what was counted stays. */
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
