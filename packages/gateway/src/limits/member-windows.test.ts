import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { BusyMarks, mostInHour } from "./busy-members.ts"
import { MemberWindows } from "./member-windows.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const HOUR = 3_600_000
const LIMITS = { memberPerMinute: 30, memberPerHour: 1000 }

/** Sends at once, and hears of it after `takesMs`. @returns when it may be tried again, if not now */
function send(
  windows: MemberWindows,
  at: number,
  { key = "zhangsan", rank = 1, takesMs = 0 } = {},
): number | undefined {
  const time = { at: Infinity }
  const until = windows.admit(key, time, rank, at)
  if (until === undefined) time.at = at + takesMs
  return until
}

test("thirty a minute go, the next waits until the first has left the window", () => {
  const windows = new MemberWindows(LIMITS)
  for (let n = 0; n < 30; n++) assert.equal(send(windows, NOW + n * 100), undefined)
  assert.equal(send(windows, NOW + 3000), NOW + MINUTE + 1)
  assert.equal(send(windows, NOW + MINUTE + 1), undefined)
  assert.equal(send(windows, NOW + 3000, { key: "lisi" }), undefined)
})

test("a send counts from its answer, since nobody knows when before that it arrived", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  send(windows, NOW, { takesMs: 5000 })
  assert.equal(send(windows, NOW + 6000), NOW + 5000 + MINUTE + 1)
})

test("one that WeCom refused does not count", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  const refused = { at: Infinity }
  windows.admit("zhangsan", refused, 1, NOW)
  refused.at = -Infinity
  assert.equal(send(windows, NOW + 1), undefined)
})

test("a thousand an hour hold over both generations of windows", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: 10 })
  for (let n = 0; n < 10; n++) assert.equal(send(windows, NOW + n * 300_000), undefined)
  assert.equal(send(windows, NOW + 55 * MINUTE), NOW + HOUR + 1)
  assert.equal(send(windows, NOW + HOUR + 1), undefined)
  assert.equal(send(windows, NOW + HOUR + 2), NOW + 300_000 + HOUR + 1)
})

test("those who wait get turns one after another, and high priority is not behind bulk", () => {
  const windows = new MemberWindows({ memberPerMinute: 2, memberPerHour: null })
  send(windows, NOW)
  send(windows, NOW + 10_000)
  const bulk = Array.from({ length: 4 }, () => send(windows, NOW + 20_000, { rank: 2 }))
  const first = NOW + MINUTE + 1
  const second = NOW + 10_000 + MINUTE + 1
  assert.deepEqual(bulk, [first, second, first + MINUTE, second + MINUTE])
  assert.equal(send(windows, NOW + 20_000, { rank: 0 }), first)
})

test("what went out before the process began counts", () => {
  const windows = new MemberWindows({ memberPerMinute: 2, memberPerHour: null })
  windows.record("zhangsan", { at: NOW - 20_000 })
  windows.record("zhangsan", { at: NOW - 10_000 })
  assert.equal(send(windows, NOW), NOW - 20_000 + MINUTE + 1)
  assert.equal(windows.freeAt(["lisi", "zhangsan"], NOW), NOW - 20_000 + MINUTE + 1)
  assert.equal(windows.freeAt(["lisi"], NOW), undefined)
})

test("one send is a send where the limit is one", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  windows.record("zhangsan", { at: NOW - 10_000 })
  assert.equal(windows.freeAt(["zhangsan"], NOW), NOW - 10_000 + MINUTE + 1)
})

test("limits switched off admit everybody, and another limit takes effect at once", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: null })
  for (let n = 0; n < 5000; n++) assert.equal(send(windows, NOW), undefined)
  windows.limit({ memberPerMinute: 1, memberPerHour: null })
  assert.equal(send(windows, NOW), undefined)
  assert.notEqual(send(windows, NOW), undefined)
})

test("no sliding window ever holds more than its limit, whenever sends come and however long they take", () => {
  const tries = fc.array(fc.record({ afterMs: fc.nat(9000), takesMs: fc.nat(3000), rank: fc.nat(2) }), {
    maxLength: 300,
  })
  fc.assert(
    fc.property(tries, (tries) => {
      const windows = new MemberWindows({ memberPerMinute: 5, memberPerHour: 40 })
      const arrivals: number[] = []
      let now = NOW
      for (const { afterMs, takesMs, rank } of tries) {
        now += afterMs
        // It arrives somewhere between its beginning and its answer; both ends are tried.
        if (send(windows, now, { takesMs, rank }) === undefined)
          arrivals.push(arrivals.length % 2 === 0 ? now : now + takesMs)
      }
      arrivals.sort((a, b) => a - b)
      for (const [limit, windowMs] of [
        [5, MINUTE],
        [40, HOUR],
      ] as const) {
        for (let n = limit; n < arrivals.length; n++) {
          assert.ok((arrivals[n] ?? 0) - (arrivals[n - limit] ?? 0) >= windowMs)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test("whoever is turned away may go when told, if nobody else came", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { minLength: 1, maxLength: 60 }), (pauses) => {
      const windows = new MemberWindows({ memberPerMinute: 5, memberPerHour: 20 })
      let now = NOW
      for (const pause of pauses) {
        now += pause
        const until = send(windows, now)
        if (until === undefined) continue
        assert.ok(until > now)
        assert.equal(send(windows, until), undefined)
        now = until
      }
    }),
  )
})

/** Windows of a process, and what one that comes after it finds: each send, and who was told to be busy. */
class Life {
  readonly sends: number[] = []
  count: number | undefined
  #windows = this.#begin()
  #unread: number[] = []

  send(at: number): boolean {
    const time = { at: Infinity }
    const isAdmitted = this.#windows.admit("zhangsan", time, 1, at) === undefined
    if (isAdmitted) this.sends.push((time.at = at))
    return isAdmitted
  }

  /** Dies, and comes back knowing the last minute. */
  restart(at: number): void {
    this.#windows = this.#begin()
    const mostOf = (): number => mostInHour(this.count)
    this.#unread = this.sends.filter((sent) => sent > at - HOUR)
    for (const sent of this.#unread.splice(this.#unread.findLastIndex((sent) => sent <= at - MINUTE) + 1))
      this.#windows.record("zhangsan", { at: sent })
    this.#windows.isReading({ since: at, mostOf })
  }

  /** Reads some of what it does not know yet, the latest first. */
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

test("12.R8: while the last hour is being read, those who are not near its limit do not wait, and others do until it is", () => {
  const windows = new MemberWindows(LIMITS)
  windows.record("zhangsan", { at: NOW - 10_000 })
  windows.isReading({ since: NOW, mostOf: (key) => mostInHour(key === "lisi" ? 1000 : undefined) })
  assert.equal(send(windows, NOW + 1), undefined)
  assert.equal(send(windows, NOW + 1, { key: "WangWu" }), undefined)
  const until = send(windows, NOW + 1, { key: "lisi" }) ?? NOW
  assert.ok(until > NOW + 1 && until <= NOW + 5000, `asked again after ${until - NOW} ms`)
  assert.equal(send(windows, NOW + 2, { key: "lisi" }) === undefined, false)
  windows.wasRead()
  assert.equal(send(windows, NOW + 10_000, { key: "lisi" }), undefined)
})

test("12.R8: who gets half of what an hour allows is told of, once a step", () => {
  const told: number[] = []
  const windows = new MemberWindows(LIMITS, new BusyMarks(({ count }) => told.push(count)))
  for (let n = 0; n < 720; n++) send(windows, NOW + n * 2001)
  windows.force("lisi", { at: NOW }, NOW)
  assert.deepEqual([...new Set(told)], [500, 600, 700])
  assert.ok(told.length < 10)
})
