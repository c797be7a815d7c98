import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
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
