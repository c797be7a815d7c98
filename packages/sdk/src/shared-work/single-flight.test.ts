import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import { WaitEnded } from "./shared-task.ts"
import type { TaskLimits } from "./shared-task.ts"
import { SingleFlight } from "./single-flight.ts"

/** Work that ends when the test says so, or when it is stopped. */
class Work {
  readonly limits: TaskLimits
  readonly result = Promise.withResolvers<number>()

  constructor(limits: TaskLimits) {
    this.limits = limits
    limits.signal.addEventListener("abort", () => this.result.reject(limits.signal.reason))
  }
}

interface Trial {
  readonly begun: readonly Work[]
  readonly join: (limits?: { signal?: AbortSignal; deadline?: number }) => Promise<number>
}

function trial(): Trial {
  const clock = leapingClock()
  const flights = new SingleFlight<number>(clock)
  const begun: Work[] = []
  const run = (limits: TaskLimits): Promise<number> => {
    const work = new Work(limits)
    begun.push(work)
    return work.result.promise
  }
  return {
    begun,
    join: ({ signal, deadline = Infinity } = {}) =>
      flights.join("key", { signal, deadline: clock.now() + deadline }, run),
  }
}

const aTurn = (): Promise<void> => new Promise(setImmediate)

type Step = "join" | "leave" | "succeed" | "fail"
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>("join") },
  { weight: 3, arbitrary: fc.constant<Step>("leave") },
  { weight: 1, arbitrary: fc.constantFrom<Step>("succeed", "fail") },
)

// proves 11.S1: one number, many callers
test("in whatever order callers join and leave: one work at a time, stopped with the last one, its end known to all that stay", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.nat()), { maxLength: 40 }), async (steps) => {
      const { begun, join } = trial()
      const waiting: { readonly controller: AbortController; readonly ended: Promise<unknown> }[] = []
      let expectedWorks = 0
      let state: "idle" | "under way" | "stopped" | "ended" = "idle"
      for (const [index, [what, which]] of steps.entries()) {
        if (what === "join") {
          if (state !== "under way") expectedWorks++
          state = "under way"
          const controller = new AbortController()
          waiting.push({ controller, ended: join({ signal: controller.signal }).catch((error: unknown) => error) })
        } else if (state === "under way" && what === "leave") {
          const [leaver] = waiting.splice(which % waiting.length, 1)
          leaver?.controller.abort()
          assert.ok((await leaver?.ended) instanceof WaitEnded)
          if (waiting.length === 0) state = "stopped"
        } else if (state === "under way") {
          const { result } = begun.at(-1) ?? assert.fail("no work has begun")
          const outcome = what === "succeed" ? index : new Error(`failed at ${index}`)
          if (typeof outcome === "number") result.resolve(outcome)
          else result.reject(outcome)
          for (const { ended } of waiting.splice(0)) assert.equal(await ended, outcome)
          state = "ended"
        }
        await aTurn()
        assert.equal(begun.length, expectedWorks)
        assert.equal(begun.at(-1)?.limits.signal.aborted ?? false, state === "stopped")
      }
      for (const { controller, ended } of waiting) {
        controller.abort()
        await ended
      }
    }),
    { numRuns: 200 },
  )
})

test("a caller whose time is up leaves alone, at that time, and the work continues for the others", async () => {
  const { begun, join } = trial()
  const impatient = join({ deadline: 20 })
  const patient = join()
  await assert.rejects(impatient, { name: "WaitEnded", why: "deadline" })
  assert.equal(begun[0]?.limits.signal.aborted, false)
  begun[0]?.result.resolve(7)
  assert.equal(await patient, 7)
  assert.equal(begun.length, 1)
})

test("when the last caller's time is up the work is stopped, and that caller hears what it ended with", async () => {
  const { begun, join } = trial()
  const error: unknown = await join({ deadline: 20 }).catch((caught: unknown) => caught)
  const reason: unknown = begun[0]?.limits.signal.reason
  assert.ok(reason instanceof DOMException && reason.name === "TimeoutError")
  assert.equal(error, reason)
})

test("a caller who has already given up begins nothing", async () => {
  const { begun, join } = trial()
  await assert.rejects(join({ signal: AbortSignal.abort() }), { name: "WaitEnded", why: "aborted" })
  await assert.rejects(join({ deadline: 0 }), { name: "WaitEnded", why: "deadline" })
  await aTurn()
  assert.equal(begun.length, 0)
})

test("work waits as long as its most patient caller, who may come late", async () => {
  const { begun, join } = trial()
  const first = join({ deadline: 60_000 })
  await aTurn()
  const before = begun[0]?.limits.deadline() ?? 0
  const second = join({ deadline: 120_000 })
  assert.equal((begun[0]?.limits.deadline() ?? 0) - before, 60_000)
  begun[0]?.result.resolve(1)
  await Promise.all([first, second])
})
