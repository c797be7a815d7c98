import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { BusyMarks, mostInHour } from "./busy-members.ts"
import { MemberWindows } from "./member-windows.ts"
import { anOwner } from "./testing/an-owner.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const MINUTE = 60_000
const HOUR = 3_600_000
const LIMITS = { memberPerMinute: 30, memberPerHour: 1000 }

/** Begins a send now, which ends after `takesMs`. @returns when it may be tried again, if not now */
function send(
  windows: MemberWindows,
  at: number,
  { key = "zhangsan", rank = 1, takesMs = 0, owner = anOwner() } = {},
): number | undefined {
  const time = { at: Infinity }
  const until = windows.admit(key, time, { owner, rank }, at)
  if (until === undefined) time.at = at + takesMs
  return until
}

test("thirty a minute go, the next waits until the first has left the window", () => {
  const windows = new MemberWindows(LIMITS)
  for (let n = 0; n < 30; n++) assert.equal(send(windows, NOW + n * 100), undefined)
  assert.equal(send(windows, NOW + 3000, { owner: "msg" }), NOW + MINUTE + 1)
  assert.equal(send(windows, NOW + MINUTE + 1, { owner: "msg" }), undefined)
  assert.equal(send(windows, NOW + 3000, { key: "lisi" }), undefined)
})

test("a send counts from its answer, since the time of arrival before it is unknown", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  send(windows, NOW, { takesMs: 5000 })
  assert.equal(send(windows, NOW + 6000), NOW + 5000 + MINUTE + 1)
})

test("a send that WeCom refused does not count", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  const refused = { at: Infinity }
  windows.admit("zhangsan", refused, { owner: anOwner(), rank: 1 }, NOW)
  refused.at = -Infinity
  assert.equal(send(windows, NOW + 1), undefined)
})

test("a thousand an hour hold over both generations of windows", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: 10 })
  for (let n = 0; n < 10; n++) assert.equal(send(windows, NOW + n * 300_000), undefined)
  assert.equal(send(windows, NOW + 55 * MINUTE, { owner: "msg" }), NOW + HOUR + 1)
  assert.equal(send(windows, NOW + HOUR + 1, { owner: "msg" }), undefined)
  assert.equal(send(windows, NOW + HOUR + 2), NOW + 300_000 + HOUR + 1)
})

test("waiting messages are due one after another, and high priority is not behind bulk", () => {
  const windows = new MemberWindows({ memberPerMinute: 2, memberPerHour: null })
  send(windows, NOW)
  send(windows, NOW + 10_000)
  const bulk = Array.from({ length: 4 }, () => send(windows, NOW + 20_000, { rank: 2 }))
  const first = NOW + MINUTE + 1
  const second = NOW + 10_000 + MINUTE + 1
  assert.deepEqual(bulk, [first, second, first + MINUTE, second + MINUTE])
  assert.equal(send(windows, NOW + 20_000, { rank: 0 }), first)
})

test("sends from before the process began count", () => {
  const windows = new MemberWindows({ memberPerMinute: 2, memberPerHour: null })
  windows.record("zhangsan", { at: NOW - 20_000 })
  windows.record("zhangsan", { at: NOW - 10_000 })
  assert.equal(send(windows, NOW), NOW - 20_000 + MINUTE + 1)
  assert.equal(windows.freeAt(["lisi", "zhangsan"], NOW), NOW - 20_000 + MINUTE + 1)
  assert.equal(windows.freeAt(["lisi"], NOW), undefined)
})

test("with a limit of one, one send fills the window", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  windows.record("zhangsan", { at: NOW - 10_000 })
  assert.equal(windows.freeAt(["zhangsan"], NOW), NOW - 10_000 + MINUTE + 1)
})

test("without limits every send is admitted, and a new limit takes effect at once", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: null })
  for (let n = 0; n < 5000; n++) assert.equal(send(windows, NOW), undefined)
  windows.limit({ memberPerMinute: 1, memberPerHour: null })
  assert.equal(send(windows, NOW), undefined)
  assert.notEqual(send(windows, NOW), undefined)
})

test("sends without limits do not count once limits are set, and are not reported", () => {
  const reported: number[] = []
  const windows = new MemberWindows(
    { memberPerMinute: null, memberPerHour: null },
    new BusyMarks(({ count }) => reported.push(count)),
  )
  windows.isReading({ since: NOW, mostOf: () => 900 })
  windows.record("zhangsan", { at: NOW })
  windows.force("zhangsan", { at: NOW }, NOW)
  assert.equal(windows.freeAt(["zhangsan"], NOW), undefined)
  windows.wasRead()
  windows.limit({ memberPerMinute: 1, memberPerHour: null })
  assert.equal(send(windows, NOW), undefined)
  assert.deepEqual(reported, [])
})

test("recorded and forced sends count beside earlier ones, now and an hour later", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: 4 })
  send(windows, NOW)
  for (const at of [NOW + 10, NOW + 20]) windows.record("zhangsan", { at })
  send(windows, NOW + HOUR - 1, { key: "lisi" })
  send(windows, NOW + HOUR, { key: "wangwu" })
  windows.record("zhangsan", { at: NOW + HOUR })
  windows.force("zhangsan", { at: NOW + HOUR + 1 }, NOW + HOUR + 1)
  assert.equal(send(windows, NOW + HOUR + 5), NOW + 10 + HOUR + 1)
  windows.record("lisi", { at: NOW + HOUR })
  for (let n = 0; n < 2; n++) assert.equal(send(windows, NOW + HOUR + 5, { key: "lisi" }), undefined)
  assert.equal(send(windows, NOW + HOUR + 5, { key: "lisi" }), NOW + 2 * HOUR)
})

test("a dropped send does not count any more; the others do, also those of an hour ago", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: 3 })
  const times = Array.from({ length: 3 }, (_, n) => ({ at: NOW + n }))
  for (const time of times) windows.record("zhangsan", time)
  windows.drop("zhangsan", times[1] ?? assert.fail())
  assert.equal(send(windows, NOW + 10), undefined)
  assert.equal(send(windows, NOW + 10), NOW + HOUR + 1)
  const dropped = { at: Infinity }
  windows.record("lisi", { at: NOW + 1000 })
  windows.record("lisi", dropped)
  send(windows, NOW + HOUR, { key: "wangwu" })
  send(windows, NOW + HOUR + 10, { key: "wangwu" })
  windows.drop("lisi", dropped)
  for (let n = 0; n < 2; n++) assert.equal(send(windows, NOW + HOUR + 10, { key: "lisi" }), undefined)
  assert.equal(send(windows, NOW + HOUR + 10, { key: "lisi" }), NOW + HOUR + 1001)
})

test("members of one call have windows of their own from the next one on", () => {
  const windows = new MemberWindows({ memberPerMinute: 2, memberPerHour: null })
  const together = { at: Infinity }
  for (const key of ["zhangsan", "lisi"]) windows.admit(key, together, { owner: "msg_together", rank: 1 }, NOW)
  together.at = NOW + 1000
  assert.equal(send(windows, NOW + 2000), undefined)
  assert.equal(send(windows, NOW + 3000), NOW + 1000 + MINUTE + 1)
  assert.equal(send(windows, NOW + 3000, { key: "lisi" }), undefined)
})

test("a call has room when its member who waits longest has room", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  windows.record("zhangsan", { at: NOW - 20_000 })
  windows.record("lisi", { at: NOW - 10_000 })
  for (const keys of [
    ["zhangsan", "lisi", "wangwu"],
    ["lisi", "zhangsan"],
  ])
    assert.equal(windows.freeAt(keys, NOW), NOW - 10_000 + MINUTE + 1)
})

test("a due place is not given to another message", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  send(windows, NOW)
  const turn = NOW + MINUTE + 1
  assert.equal(send(windows, NOW + 1, { owner: "first" }), turn)
  // A message that asks between them is behind the one that is due, for two seconds.
  assert.equal(send(windows, turn, { owner: "second" }), turn + MINUTE + 1)
  assert.equal(send(windows, turn + 1, { owner: "first" }), undefined)
  assert.equal(send(windows, turn + 2), turn + 1 + 2 * MINUTE + 1)
})

test("the place of a message that does not come ends two seconds later", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  send(windows, NOW)
  const turn = NOW + MINUTE + 1
  assert.equal(send(windows, NOW + 1), turn)
  assert.notEqual(send(windows, turn + 1999), undefined)
  assert.equal(send(windows, turn + 2000), undefined)
})

// proves 29.E4: turns in a member's window
test("issue 29, E4: an app that asks again keeps its turn, and a finished one has none", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  send(windows, NOW)
  const owners = ["msg_1", "msg_2", "msg_3"]
  const turns = [1, 2, 3].map((n) => NOW + n * MINUTE + 1)
  for (let times = 1; times <= 3; times++) {
    assert.deepEqual(
      owners.map((owner) => send(windows, NOW + times, { owner })),
      turns,
    )
  }
  windows.finished("msg_1")
  windows.finished("msg_2")
  assert.equal(send(windows, NOW + 10, { owner: "msg_3" }), NOW + MINUTE + 1)
  assert.equal(send(windows, NOW + 20), NOW + 2 * MINUTE + 1)
})

test("a send of exactly an hour ago has left the window", () => {
  const reported: number[] = []
  const windows = new MemberWindows(
    { memberPerMinute: null, memberPerHour: 1000 },
    new BusyMarks(({ count }) => reported.push(count)),
  )
  for (let n = 0; n < 499; n++) {
    windows.record("zhangsan", { at: NOW })
    windows.record("lisi", { at: NOW })
  }
  send(windows, NOW + HOUR)
  assert.deepEqual(reported, [])
  send(windows, NOW + HOUR - 1, { key: "lisi" })
  assert.deepEqual(reported, [500])
})

/** Notes when it was swept. */
class SweptMarks extends BusyMarks {
  readonly sweptAt: number[] = []

  constructor() {
    super(() => undefined)
  }

  override sweep(now: number): void {
    this.sweptAt.push(now)
    super.sweep(now)
  }
}

test("once an hour older sends are dropped, and members who are no longer busy with them", () => {
  const marks = new SweptMarks()
  const windows = new MemberWindows(LIMITS, marks)
  for (const at of [NOW, NOW + HOUR - 1, NOW + HOUR, NOW + 2 * HOUR - 1, NOW + 2 * HOUR + 5, NOW + 3 * HOUR + 4])
    send(windows, at, { key: `m${at}` })
  assert.deepEqual(marks.sweptAt, [NOW + HOUR, NOW + 2 * HOUR + 5])
})

test("a member's sends of the hour before count for all of that hour, whatever others get meanwhile", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: 1 })
  send(windows, NOW, { key: "lisi" })
  send(windows, NOW + HOUR / 2)
  for (let n = 1; n < 4; n++) send(windows, NOW + HOUR + n, { key: `m${n}` })
  assert.equal(send(windows, NOW + HOUR + 10), NOW + HOUR / 2 + HOUR + 1)
})

test("places that have not ended outlast the hour", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: null })
  send(windows, NOW, { key: "lisi" })
  send(windows, NOW + HOUR - 20_000)
  const first = NOW + HOUR - 20_000 + MINUTE + 1
  assert.equal(send(windows, NOW + HOUR - 10_000), first)
  send(windows, NOW + HOUR - MINUTE, { key: "wangwu" })
  assert.equal(send(windows, NOW + HOUR - 1000, { key: "wangwu", owner: "msg" }), NOW + HOUR + 1)
  assert.equal(send(windows, NOW + HOUR - 1000, { key: "wangwu" }), NOW + HOUR + 1 + MINUTE)
  send(windows, NOW + HOUR + 2, { key: "lisi" })
  assert.equal(send(windows, NOW + HOUR + 10), first + MINUTE)
  assert.equal(send(windows, NOW + HOUR + 2, { key: "wangwu", owner: "msg" }), undefined)
  assert.equal(send(windows, NOW + HOUR + 3, { key: "wangwu" }), NOW + HOUR + 2 + 2 * MINUTE + 1)
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
        // It arrives between its beginning and its answer; both ends are tried.
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

test("a caller that has to wait may go at the given time, if no other came", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { minLength: 1, maxLength: 60 }), (pauses) => {
      const windows = new MemberWindows({ memberPerMinute: 5, memberPerHour: 20 })
      let now = NOW
      for (const pause of pauses) {
        now += pause
        const owner = anOwner()
        const until = send(windows, now, { owner })
        if (until === undefined) continue
        assert.ok(until > now)
        assert.equal(send(windows, until, { owner }), undefined)
        now = until
      }
    }),
  )
})

// proves 12.R8: a million messages in the last hour
test("12.R8: while the last hour is being read, only members near its limit wait", () => {
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

test("12.R8: while the last hour is being read, possible earlier sends and known later ones add up to the hour", () => {
  const windows = new MemberWindows({ memberPerMinute: null, memberPerHour: 10 })
  windows.isReading({ since: NOW, mostOf: (key) => (key === "lisi" ? 10 : 8) })
  windows.record("zhangsan", { at: NOW })
  assert.equal(send(windows, NOW + 1), undefined, "what is read is known of already")
  assert.equal(send(windows, NOW + 1), undefined)
  assert.equal(send(windows, NOW + 2), NOW + 2 + 1000, "it is looked again a second later")
  assert.equal(windows.freeAt(["zhangsan"], NOW + 3), NOW + 3 + 1000)
  assert.equal(windows.freeAt(["wangwu"], NOW + 3), undefined)
  assert.equal(windows.freeAt(["lisi"], NOW + 3), NOW + 3 + 1000)
})

test("12.R8: while the last hour is being read, waiting messages count as well", () => {
  const windows = new MemberWindows({ memberPerMinute: 1, memberPerHour: 10 })
  windows.isReading({ since: NOW - MINUTE, mostOf: () => 8 })
  windows.record("zhangsan", { at: NOW - MINUTE + 2 })
  assert.equal(send(windows, NOW), NOW + 3, "the minute is full, the hour is not")
  assert.equal(send(windows, NOW), NOW + 3 + MINUTE, "the hour may be full with the one that waits, but not for longer")
  const unread = new MemberWindows({ memberPerMinute: null, memberPerHour: 10 })
  unread.isReading({ since: NOW, mostOf: () => 10 })
  for (let n = 0; n < 2; n++) assert.equal(send(unread, NOW), NOW + 1000)
  const full = new MemberWindows({ memberPerMinute: 1, memberPerHour: 10 })
  full.isReading({ since: NOW - MINUTE, mostOf: () => 9 })
  full.record("zhangsan", { at: NOW - MINUTE + 2 })
  assert.equal(send(full, NOW), NOW + 1000)
})

test("12.R8: while the last hour is being read, a member is reported as busy including possible earlier sends", () => {
  const reported: number[] = []
  const windows = new MemberWindows(LIMITS, new BusyMarks(({ count }) => reported.push(count)))
  windows.isReading({ since: NOW, mostOf: () => 598 })
  send(windows, NOW + 1)
  windows.force("zhangsan", { at: NOW + 3 }, NOW + 3)
  assert.deepEqual(reported, [500, 600])
})

test("12.R8: a member that gets half of what an hour allows is reported, once a step", () => {
  const reported: number[] = []
  const windows = new MemberWindows(LIMITS, new BusyMarks(({ count }) => reported.push(count)))
  for (let n = 0; n < 720; n++) send(windows, NOW + n * 2001)
  windows.force("lisi", { at: NOW }, NOW)
  assert.deepEqual([...new Set(reported)], [500, 600, 700])
  assert.ok(reported.length < 10)
})

/** @returns the time of the fastest of some rounds of twenty questions for a member for whom so many messages wait */
function askingTakesMs(waiting: number): number {
  const windows = new MemberWindows(LIMITS)
  for (let n = 0; n < 30 + waiting; n++) send(windows, NOW)
  let fastest = Infinity
  for (let round = 0; round < 300; round++) {
    const began = performance.now()
    for (let n = 0; n < 20; n++) send(windows, NOW, { owner: "msg" })
    fastest = Math.min(fastest, performance.now() - began)
  }
  return fastest
}

// proves 29.E12: a storm to one member
test("issue 29, E12: what asking costs does not depend on how many wait", () => {
  askingTakesMs(100)
  // A scan of all waiting messages would take some hundred times as long.
  assert.ok(askingTakesMs(50_000) < 20 * askingTakesMs(100))
})
