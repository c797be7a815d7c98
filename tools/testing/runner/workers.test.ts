import assert from "node:assert/strict"
import { test } from "node:test"
import { Workers } from "./workers.ts"

interface Run {
  readonly unit: string
  readonly end: () => void
}

/** Units that end when the test ends them. */
function stage(units: string[], { least, most }: { readonly least: number; readonly most: number }) {
  const running: Run[] = []
  const workers = new Workers({
    least,
    most,
    next: () => units.shift(),
    run: async (unit: string) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      running.push({ unit, end: resolve })
      await promise
    },
  })
  return {
    workers,
    running: () => running.map(({ unit }) => unit),
    end: async (unit: string): Promise<void> => {
      const [run] = running.splice(
        running.findIndex((one) => one.unit === unit),
        1,
      )
      run?.end()
      await new Promise(setImmediate)
    },
  }
}

test("so many units run at a time, and one more for each that is added, until one of them ends", async () => {
  const { workers, running, end } = stage(["a", "b", "c", "d", "e", "f", "g"], { least: 2, most: 4 })
  const ended = workers.run()
  assert.deepEqual(running(), ["a", "b"])
  workers.addOne()
  workers.addOne()
  workers.addOne()
  assert.deepEqual(running(), ["a", "b", "c", "d"])
  await end("a")
  await end("b")
  assert.deepEqual(running(), ["c", "d"])
  await end("c")
  assert.deepEqual(running(), ["d", "e"])
  for (const unit of ["d", "e", "f", "g"]) await end(unit)
  await ended
  workers.addOne()
  assert.deepEqual(running(), [])
})

test("what a unit leaves behind is run, whichever of them leaves it", async () => {
  const units = ["a", "b", "c"]
  const { workers, running, end } = stage(units, { least: 1, most: 3 })
  const ended = workers.run()
  workers.addOne()
  workers.addOne()
  await end("b")
  units.unshift("rest")
  await end("a")
  assert.deepEqual(running(), ["c"])
  await end("c")
  assert.deepEqual(running(), ["rest"])
  await end("rest")
  await ended
})

test("fewer units than workers, and none", async () => {
  const { workers, end } = stage(["a"], { least: 3, most: 3 })
  const ended = workers.run()
  await end("a")
  await ended
  await stage([], { least: 3, most: 3 }).workers.run()
})

test("a unit that cannot be run ends the run", async () => {
  const workers = new Workers({
    least: 2,
    most: 2,
    next: () => "a",
    run: () => Promise.reject(new Error("no such program")),
  })
  await assert.rejects(workers.run(), { message: "no such program" })
})
