import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { boundHeap } from "./bound-heap.ts"

setFlagsFromString("--expose-gc")
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8's own `gc`, which no type describes
const collect = runInNewContext("gc") as () => void

const HELD = ["--heap-growing-percent=75", "--semi-space-growth-factor=2"]
const USUAL = ["--heap-growing-percent=0", "--semi-space-growth-factor=2"]

function bound(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const told: string[] = []
  let young = 1e6
  const heap = boundHeap({ flags: [], nodeOptions: undefined, set: (flag) => told.push(flag), youngBytes: () => young })
  return { heap, told, grows: (bytes: number) => (young = bytes), passes: (ms: number) => t.mock.timers.tick(ms) }
}

// proves 29.E7: a message to many that waits
test("29.E7: the heap is held while a message to many is at work, and for half a minute after the last one", (t) => {
  const { heap, told, passes } = bound(t)
  assert.deepEqual(told, [])
  const [one, other] = [heap.hold(), heap.hold()]
  assert.deepEqual(told.splice(0), HELD)
  one[Symbol.dispose]()
  passes(60_000)
  other[Symbol.dispose]()
  passes(29_000)
  heap.hold()[Symbol.dispose]()
  passes(29_000)
  assert.deepEqual(told, [])
  passes(1000)
  assert.deepEqual(told.splice(0), USUAL)
  heap.hold()[Symbol.dispose]()
  assert.deepEqual(told, HELD)
  passes(30_000)
})

// proves 29.E7: a message to many that waits
test("29.E7: the young generation stays as it is once it has 64 MB, as a collection shows", async (t) => {
  const { heap, told, grows, passes } = bound(t)
  {
    using _ = heap.hold()
    told.length = 0
    grows(67e6)
    collect()
    while (told.length === 0) await sleep(1)
    assert.equal(told.at(-1), "--semi-space-growth-factor=1")
  }
  passes(30_000)
  assert.deepEqual(told.slice(-2), USUAL)
})

for (const start of [
  { flags: ["--max-semi-space-size=64"], nodeOptions: undefined },
  { flags: [], nodeOptions: "--enable-source-maps --max_semi_space_size=64" },
]) {
  test(`nothing is held where a size is named: ${JSON.stringify(start)}`, () => {
    const told: string[] = []
    const heap = boundHeap({ ...start, set: (flag) => told.push(flag) })
    heap.hold()[Symbol.dispose]()
    assert.deepEqual(told, [])
  })
}

test("V8 knows the flags that are set, and has them as they are set at the end", () => {
  const { spawnSync } = process.getBuiltinModule("node:child_process")
  const options = spawnSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).stdout
  assert.match(options, /--heap-growing-percent [^\n]*\n[^\n]*default: --heap-growing-percent=0/)
  assert.match(options, /--semi-space-growth-factor [^\n]*\n[^\n]*default: --semi-space-growth-factor=2/)
})
