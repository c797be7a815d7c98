import assert from "node:assert/strict"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { limitHeap } from "./limit-heap.ts"

setFlagsFromString("--expose-gc")
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8's own `gc`, which no type describes
const collect = runInNewContext("gc") as () => void

const LIMITED = ["--heap-growing-percent=75", "--semi-space-growth-factor=2"]
const USUAL = ["--heap-growing-percent=0", "--semi-space-growth-factor=2"]

function limited(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const flags: string[] = []
  let young = 1e6
  const heap = limitHeap({ flags: [], nodeOptions: "", set: (flag) => flags.push(flag), youngBytes: () => young })
  return { heap, flags, grows: (bytes: number) => (young = bytes), passes: (ms: number) => t.mock.timers.tick(ms) }
}

// proves 29.E7: a message to many that waits
test("29.E7: the heap is limited while a message to many is at work, and for half a minute after the last one", (t) => {
  const { heap, flags, passes } = limited(t)
  assert.deepEqual(flags, [])
  const [one, other] = [heap.begin(), heap.begin()]
  assert.deepEqual(flags.splice(0), LIMITED)
  one[Symbol.dispose]()
  passes(60_000)
  other[Symbol.dispose]()
  passes(29_000)
  heap.begin()[Symbol.dispose]()
  passes(29_000)
  assert.deepEqual(flags, [])
  passes(1000)
  assert.deepEqual(flags.splice(0), USUAL)
  heap.begin()[Symbol.dispose]()
  assert.deepEqual(flags, LIMITED)
  passes(30_000)
})

// proves 29.E7: a message to many that waits
test("29.E7: the young generation stays as it is once it has 64 MB, as a collection shows", async (t) => {
  const { heap, flags, grows, passes } = limited(t)
  {
    using _ = heap.begin()
    flags.length = 0
    grows(67e6)
    collect()
    while (flags.length === 0) await sleep(1)
    assert.equal(flags.at(-1), "--semi-space-growth-factor=1")
  }
  passes(30_000)
  assert.deepEqual(flags.slice(-2), USUAL)
})

for (const named of [
  { flags: ["--max-semi-space-size=64"], nodeOptions: "" },
  { flags: [], nodeOptions: "--enable-source-maps --max_semi_space_size=64" },
]) {
  test(`there is no limit where a size is named: ${JSON.stringify(named)}`, () => {
    const flags: string[] = []
    const heap = limitHeap({ ...named, set: (flag) => flags.push(flag) })
    heap.begin()[Symbol.dispose]()
    assert.deepEqual(flags, [])
  })
}

test("V8 knows the flags that are set, and has them as they are set at the end", () => {
  const { spawnSync } = process.getBuiltinModule("node:child_process")
  const options = spawnSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).stdout
  assert.match(options, /--heap-growing-percent [^\n]*\n[^\n]*default: --heap-growing-percent=0/)
  assert.match(options, /--semi-space-growth-factor [^\n]*\n[^\n]*default: --semi-space-growth-factor=2/)
})
