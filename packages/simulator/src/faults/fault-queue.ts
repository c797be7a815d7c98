import type { PlannedFault } from "./planned-fault.ts"

/** Faults in the order in which they were added. One with `path` `*` is in the same queue as all others. */
export class FaultQueue {
  #faults: PlannedFault[] = []

  add(faults: readonly PlannedFault[]): void {
    this.#faults.push(...faults)
  }

  /** The faults that are left, with their remaining counts. */
  left(): readonly PlannedFault[] {
    return this.#faults
  }

  clear(): void {
    this.#faults = []
  }

  /**
   * Removes one fault.
   * @param nth its index in `left()` at the time of reading, from 0. Since then other faults may have left the queue
   * before it, so it is looked for from there towards the front.
   * @returns false when it is no longer there
   */
  remove(nth: number, isMeant: (fault: PlannedFault) => boolean): boolean {
    const index = this.#faults.slice(0, nth + 1).findLastIndex(isMeant)
    if (index < 0) return false
    this.#faults.splice(index, 1)
    return true
  }

  /**
   * The fault that applies to this call, if any. Only the first fault that fits is used: while it lets calls pass
   * (`after`), those behind it wait, so that the faults of one path are applied in order.
   * @param path below `/cgi-bin/`, such as `message/send`
   */
  take(path: string, body: Buffer): PlannedFault | undefined {
    return this.#takeFirst((fault) => fits(fault, path, body))
  }

  /**
   * The fault that applies to a frame of a smart robot, by its `cmd`; `*` applies only to calls, because pings would
   * use it up.
   * @param command such as `aibot_send_msg`; `_bot` for the handshake
   */
  takeFrame(command: string, frame: Buffer): PlannedFault | undefined {
    return this.#takeFirst((fault) => fault.path === command && fits(fault, command, frame))
  }

  #takeFirst(isMeant: (fault: PlannedFault) => boolean): PlannedFault | undefined {
    const index = this.#faults.findIndex(isMeant)
    const fault = this.#faults[index]
    if (fault === undefined) return undefined

    if (fault.after > 0) {
      this.#faults[index] = { ...fault, after: fault.after - 1 }
      return undefined
    }
    if (fault.times > 1) this.#faults[index] = { ...fault, times: fault.times - 1 }
    else this.#faults.splice(index, 1)
    return fault
  }
}

function fits(fault: PlannedFault, path: string, body: Buffer): boolean {
  return (fault.path === "*" || fault.path === path) && (fault.match === undefined || body.includes(fault.match))
}
