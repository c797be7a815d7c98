import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { BusyMarks, mostInHour } from "./busy-members.ts"
import { MemberWindows } from "./member-windows.ts"
import { anOwner } from "./testing/an-owner.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const HOUR = 3_600_000

/** The windows of a process and of the next one after it: each send, and the members reported as busy. */
class Life {
  readonly sends: number[] = []
  count: number | undefined
  #windows = this.#begin()
  #unread: number[] = []

  send(at: number): boolean {
    const time = { at: Infinity }
    const isAdmitted = this.#windows.admit("zhangsan", time, { owner: anOwner(), rank: 1 }, at) === undefined
    if (isAdmitted) this.sends.push((time.at = at))
    return isAdmitted
  }

  /** Begins a new process, which knows only the last minute. */
  restart(at: number): void {
    this.#windows = this.#begin()
    const mostOf = (): number => mostInHour(this.count)
    this.#unread = this.sends.filter((sent) => sent > at - HOUR)
    for (const sent of this.#unread.splice(this.#unread.findLastIndex((sent) => sent <= at - MINUTE) + 1))
      this.#windows.record("zhangsan", { at: sent })
    this.#windows.isReading({ since: at, mostOf })
  }

  /** Reads a share of what it does not know yet, the latest first. */
  read(share: number): void {
    for (const sent of this.#unread.splice(Math.floor(this.#unread.length * (1 - share))))
      this.#windows.record("zhangsan", { at: sent })
    if (this.#unread.length === 0) this.#windows.wasRead()
  }

  #begin(): MemberWindows {
    const marks = new BusyMarks(({ count }) => (this.count = count))
    return new MemberWindows({ memberPerMinute: 60, memberPerHour: 900 }, marks)
  }
}

// proves 12.R8: a million messages in the last hour
test("12.R8: however often the process dies while it reads the last hour, no member gets more than the hour allows", () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("send" as const), times: fc.nat(80), everyMs: fc.nat(1500) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("read" as const), share: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), (steps) => {
      const life = new Life()
      let now = NOW
      for (const next of steps) {
        if (next.do === "restart") life.restart(++now)
        else if (next.do === "read") life.read(next.share)
        else for (let n = 0; n < next.times; n++) life.send((now += next.everyMs))
      }
      for (const [limit, windowMs] of [
        [60, MINUTE],
        [900, HOUR],
      ] as const) {
        for (let n = limit; n < life.sends.length; n++) {
          assert.ok((life.sends[n] ?? 0) - (life.sends[n - limit] ?? 0) >= windowMs)
        }
      }
    }),
    { numRuns: 200 },
  )
})
