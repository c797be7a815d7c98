import assert from "node:assert/strict"
import { test } from "node:test"
import { JumpAwareClock } from "./jump-aware-clock.ts"

const NOON = Date.UTC(2026, 10, 25, 4)
const SECOND = 1000
const HOUR = 3600 * SECOND

/** A machine whose wall clock can be set. */
class Machine {
  wall = NOON
  steady = 5000.4
  readonly slept: (readonly [ms: number, signal: AbortSignal | undefined])[] = []

  now(): number {
    return this.wall
  }

  monotonic(): number {
    return this.steady
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push([ms, signal])
    return Promise.resolve()
  }

  pass(ms: number): void {
    this.wall += ms
    this.steady += ms
  }
}

test("N6: the steady time continues as though the clock had not been set, and can be shown as either", () => {
  const machine = new Machine()
  const clock = new JumpAwareClock(machine)
  for (const [by, jumped] of [
    [HOUR, HOUR],
    [-3 * HOUR, -2 * HOUR],
  ] as const) {
    const before = clock.steady.now()
    machine.wall += by
    machine.pass(SECOND)
    assert.equal(clock.steady.now(), before + SECOND)
    assert.equal(clock.now(), machine.wall)
    assert.equal(clock.toSteady(machine.wall), before + SECOND)
    assert.equal(clock.toWall(before + SECOND), machine.wall)
    assert.equal(machine.wall - clock.steady.now(), jumped)
  }
})

test("N6: each listener gets each jump once, and nothing else", () => {
  const machine = new Machine()
  const clock = new JumpAwareClock(machine)
  const noticed: string[] = []
  clock.onJump((by) => noticed.push(`one ${by}`))
  clock.onJump((by) => noticed.push(`other ${by}`))
  machine.pass(HOUR)
  clock.now()
  assert.deepEqual(noticed, [])
  machine.wall -= HOUR
  clock.now()
  clock.now()
  assert.deepEqual(noticed, [`one ${-HOUR}`, `other ${-HOUR}`])
})

test("N6: after a leap forwards searches reach further back, and nothing expires by it for a while", () => {
  const machine = new Machine()
  const clock = new JumpAwareClock(machine)
  assert.deepEqual([clock.lookBack(HOUR), clock.graceMs()], [HOUR, 0])
  machine.wall += 2 * HOUR
  assert.equal(clock.expiryTime(), NOON)
  assert.equal(clock.lookBack(HOUR), 3 * HOUR)
  machine.pass(SECOND)
  assert.equal(clock.graceMs(), 299 * SECOND)
  machine.pass(299 * SECOND)
  assert.deepEqual([clock.graceMs(), clock.expiryTime()], [0, machine.wall])
})

for (const by of [2 * HOUR, -2 * HOUR]) {
  test(`issue 29, E2: set by ${by / HOUR} hours, a time that was given is in doubt between the two readings, and no other`, () => {
    const machine = new Machine()
    const clock = new JumpAwareClock(machine)
    machine.wall += by
    const [earlier, later] = [Math.min(NOON, NOON + by), Math.max(NOON, NOON + by)]
    assert.equal(clock.doubtedExpiry()?.untilMs, machine.wall + 300 * SECOND)
    for (const [expiresAt, mayHave, has] of [
      [earlier, true, true],
      [earlier + 1, true, false],
      [later, true, false],
      [later + 1, false, false],
    ] as const) {
      assert.deepEqual([clock.mayHaveExpired({ expiresAt }), clock.hasExpired({ expiresAt })], [mayHave, has])
      assert.equal(clock.doubtedExpiry()?.concerns({ expiresAt }), mayHave && !has)
      // Given by the clock's present reading.
      const life = { expiresAt, clockSetMs: by }
      assert.equal(clock.mayHaveExpired(life), expiresAt <= machine.wall)
      assert.equal(clock.hasExpired(life), expiresAt <= machine.wall)
    }
    machine.pass(300 * SECOND)
    assert.equal(clock.doubtedExpiry(), undefined)
    for (const [expiresAt, isOver] of [
      [machine.wall, true],
      [machine.wall + 1, false],
    ] as const) {
      assert.deepEqual([clock.mayHaveExpired({ expiresAt }), clock.hasExpired({ expiresAt })], [isOver, isOver])
    }
  })

  test(`issue 29, E2: set by ${by / HOUR} hours, a lifetime that was given as a length ends when that time has passed`, () => {
    const machine = new Machine()
    const clock = new JumpAwareClock(machine, { setByMs: 7 * HOUR, trustedAt: undefined })
    const life = { expiresAt: NOON + HOUR, clockSetMs: clock.setByMs, expiryMoves: true } as const
    machine.wall += by
    assert.equal(clock.expiryOf(life), NOON + by + HOUR)
    machine.pass(HOUR - 1)
    assert.deepEqual([clock.mayHaveExpired(life), clock.hasExpired(life)], [false, false])
    machine.pass(1)
    assert.deepEqual([clock.mayHaveExpired(life), clock.hasExpired(life), clock.setByMs], [true, true, 7 * HOUR + by])
  })
}

test("N6: a machine without a monotonic clock has no jumps", () => {
  let now = NOON
  const clock = new JumpAwareClock({ now: () => now, sleep: () => Promise.resolve() })
  now += HOUR
  assert.deepEqual([clock.now(), clock.steady.now(), clock.graceMs()], [now, now, 0])
})

test("it sleeps as the machine does, by either time", async () => {
  const machine = new Machine()
  const clock = new JumpAwareClock(machine)
  const { signal } = new AbortController()
  await clock.sleep(7, signal)
  await clock.steady.sleep(8, signal)
  assert.deepEqual(machine.slept, [
    [7, signal],
    [8, signal],
  ])
})

// proves 29.E3: a clock that is set while none runs
test("issue 29: within one boot of the machine a start knows by how much the clock was set while no process looked", () => {
  const machine = new Machine()
  const uptime = (boot: string) => ({ boot, ms: () => Math.round(machine.steady) })
  const noted = { setByMs: 2 * HOUR, trustedAt: NOON, boot: new JumpAwareClock(machine, undefined, uptime("a")).boot() }
  // The noted time is what the clock would show if it had never been set.
  machine.wall += 2 * HOUR
  machine.pass(HOUR)
  const unset = new JumpAwareClock(machine, noted, uptime("a"))
  assert.deepEqual([unset.knowsBoot, unset.setBeforeStartMs, unset.setByMs], [true, 0, 2 * HOUR])
  assert.deepEqual(unset.boot(), noted.boot)
  machine.wall += 5 * HOUR
  const after = new JumpAwareClock(machine, noted, uptime("a"))
  assert.deepEqual([after.knowsBoot, after.setBeforeStartMs, after.setByMs], [true, 5 * HOUR, 7 * HOUR])
  assert.deepEqual(after.boot(), noted.boot, "the same for the next process")
  assert.equal(after.steady.now(), machine.wall - 5 * HOUR)
  assert.equal(after.graceMs(), 300 * SECOND, "neither reading is believed yet")
  const others = [new JumpAwareClock(machine, noted, uptime("b")), new JumpAwareClock(machine, noted)]
  for (const other of others) {
    assert.deepEqual([other.knowsBoot, other.setBeforeStartMs, other.setByMs], [false, 0, 2 * HOUR])
    assert.equal(other.graceMs(), 0)
  }
})

test("the time for deletions is believed at once a quarter of an hour after the last one that was noted, and later not", () => {
  for (const [sinceMs, trusted] of [
    [15 * 60 * SECOND, NOON],
    [15 * 60 * SECOND + 1, NOON - 15 * 60 * SECOND - 1],
  ] as const) {
    const clock = new JumpAwareClock(new Machine(), { setByMs: 0, trustedAt: NOON - sinceMs })
    assert.equal(clock.trustedTime(), trusted)
  }
})
