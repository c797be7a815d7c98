import type { Clock } from "../clock.ts"
import { SharedTask, throwIfEnded } from "./shared-task.ts"
import type { TaskLimits, WaitLimits } from "./shared-task.ts"

/** Does the same work once for all callers that ask for it while it is under way. */
export class SingleFlight<T> {
  readonly #clock: Clock
  readonly #underWay = new Map<string, SharedTask<T>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Joins the work under way for `key`, or starts it with `run`. Each caller waits within its own limits, and the work
   * continues until the last of them has left.
   * @throws {WaitEnded} when this caller's time is up or it aborts; else the error of the work
   */
  async join(key: string, limits: WaitLimits, run: (limits: TaskLimits) => Promise<T>): Promise<T> {
    throwIfEnded(limits, this.#clock)
    const underWay = this.#underWay.get(key)
    return (underWay?.isJoinable === true ? underWay : this.#start(key, run)).join(limits)
  }

  #start(key: string, run: (limits: TaskLimits) => Promise<T>): SharedTask<T> {
    const task = new SharedTask(this.#clock, async (limits) => {
      try {
        return await run(limits)
      } finally {
        // Another task may have replaced it after all callers had left this one.
        if (this.#underWay.get(key) === task) this.#underWay.delete(key)
      }
    })
    this.#underWay.set(key, task)
    return task
  }
}
