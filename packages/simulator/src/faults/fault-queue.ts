import type { PlannedFault } from "./planned-fault.ts"

/** Faults in the order they were added. One with `path` `*` has its place in the same queue as all others. */
export class FaultQueue {
  #faults: PlannedFault[] = []

  add(faults: readonly PlannedFault[]): void {
    this.#faults.push(...faults)
  }

  /** What is left, with the counts that remain. */
  left(): readonly PlannedFault[] {
    return this.#faults
  }

  clear(): void {
    this.#faults = []
  }

  /**
   * Removes one fault.
   * @param nth from 0, its place in `left()` when that was read. Since then others can only have gone before it,
   * so it is looked for from there towards the front.
   * @returns false where it is no longer there
   */
  remove(nth: number, isMeant: (fault: PlannedFault) => boolean): boolean {
    const index = this.#faults.slice(0, nth + 1).findLastIndex(isMeant)
    if (index < 0) return false
    this.#faults.splice(index, 1)
    return true
  }

  /**
   * The fault that this call meets, if any. Only the first fault that fits is asked: while it lets calls pass
   * (`after`), those behind it wait, so that faults of one path run in their order.
   * @param path below `/cgi-bin/`, as in `message/send`
   */
  take(path: string, body: Buffer): PlannedFault | undefined {
    return this.#takeFirst((fault) => fits(fault, path, body))
  }

  /**
   * The fault that a frame of a smart robot meets, by its `cmd`; `*` is meant for calls alone, or pings would use it up.
   * @param command as in `aibot_send_msg`; `_bot` for the handshake
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
