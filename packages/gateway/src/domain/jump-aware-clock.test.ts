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

test("N6: the steady time goes on as though the clock had not been set, and is told as either", () => {
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

test("N6: whoever listens is told once of each jump, and of nothing else", () => {
  const machine = new Machine()
  const clock = new JumpAwareClock(machine)
  const told: string[] = []
  clock.onJump((by) => told.push(`one ${by}`))
  clock.onJump((by) => told.push(`other ${by}`))
  machine.pass(HOUR)
  clock.now()
  assert.deepEqual(told, [])
  machine.wall -= HOUR
  clock.now()
  clock.now()
  assert.deepEqual(told, [`one ${-HOUR}`, `other ${-HOUR}`])
})

test("N6: after a leap forwards it is looked back further, and nothing expires by it for a while", () => {
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
