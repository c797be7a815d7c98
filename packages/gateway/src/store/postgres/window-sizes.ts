import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import type { Group } from "./window-floors.ts"

/**
 * How many jobs each group may have. Alone it has a whole window. When many have due messages, all of them together
 * have about as many as nodes work on at a time: everything in the queue is then fetched at once, and no app waits
 * behind the windows of two hundred others.
 *
 * It uses what this process has seen of each group in the last minute: each end of a message fills the window of its
 * group, so that a group with a backlog is seen again and again. It is an estimate; a group with nothing in its window
 * always gets something.
 */
export class WindowSizes {
  readonly #seen: Readonly<Record<Priority, Map<string, Seen>>> = {
    high: new Map(),
    normal: new Map(),
    bulk: new Map(),
  }
  readonly #jobs: Record<Priority, number> = { high: 0, normal: 0, bulk: 0 }
  #forgotAt = -Infinity

  /**
   * Groups that are filled together do not see each other's jobs yet: each gets its part of the common limit. Without
   * it the hundreds of groups with a message scheduled for the same second would fill a whole window each.
   * @param nowMs by a monotonic clock
   */
  sizesFor(groups: readonly Group[], nowMs: number): readonly number[] {
    const together = Map.groupBy(groups, ({ priority }) => priority)
    return groups.map((group) => {
      const part = Math.floor(MOST_TOGETHER[group.priority] / (together.get(group.priority)?.length ?? 1))
      return Math.min(this.sizeFor(group, nowMs), Math.max(1, part))
    })
  }

  /** @param nowMs by a monotonic clock */
  sizeFor({ app, priority }: Group, nowMs: number): number {
    this.#forget(nowMs)
    const seen = this.#seen[priority]
    const own = seen.get(app)?.jobs ?? 0
    const groups = seen.size + (own === 0 ? 1 : 0)
    const most = MOST_TOGETHER[priority]
    const left = most - (this.#jobs[priority] - own)
    // When windows were filled before others came, those get little until the excess has ended: a few, or an app that
    // sends one message a second would wait for the one before each time.
    const few = Math.max(1, Math.min(FEW, Math.floor(most / groups)))
    return Math.min(WINDOW_SIZE, Math.max(left, Math.floor(most / groups / 4), few))
  }

  /**
   * Whether a group has much to send: it lets apps with little go first until its window holds all that it has. An app
   * that sends one message a second has a few waiting at times, and none of it should wait longer for that.
   * @param due its due messages, in the window and waiting for it, as far as they were counted
   * @param size of its window
   */
  isBacklog({ app, priority }: Group, due: number, size: number): boolean {
    return due >= BACKLOG || (due > size && this.#seen[priority].get(app)?.isBacklog === true)
  }

  note({ app, priority }: Group, now: Seen): void {
    const seen = this.#seen[priority]
    this.#jobs[priority] += now.jobs - (seen.get(app)?.jobs ?? 0)
    if (now.jobs === 0) seen.delete(app)
    else seen.set(app, now)
  }

  #forget(nowMs: number): void {
    if (nowMs < this.#forgotAt + FORGET_EVERY_MS) return
    this.#forgotAt = nowMs
    for (const priority of PRIORITIES) {
      for (const [app, { at }] of this.#seen[priority]) {
        if (nowMs >= at + SEEN_FOR_MS) this.note({ app, priority }, NONE)
      }
    }
  }
}

/** What a group had at a look. */
interface Seen {
  readonly jobs: number
  readonly isBacklog: boolean
  /** By a monotonic clock. */
  readonly at: number
}

const NONE: Seen = { jobs: 0, isBacklog: false, at: 0 }

/** The most jobs of one group. */
export const WINDOW_SIZE = 200
/** Due messages of a group that has much to send. */
export const BACKLOG = 24
const FEW = 4
/** As many as one node works on: `MOST_AT_WORK` of the job queue. */
const MOST_TOGETHER: Readonly<Record<Priority, number>> = { high: 1000, normal: 1000, bulk: 120 }
/** Another node may have ended jobs since they were seen here. */
const SEEN_FOR_MS = 60_000
const FORGET_EVERY_MS = 1000
