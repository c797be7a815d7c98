import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { boundHeap } from "./bound-heap.ts"

setFlagsFromString("--expose-gc")
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8's own `gc`, which no type describes
const collect = runInNewContext("gc") as () => void

/** Until V8 has told of it. */
async function collected(): Promise<void> {
  collect()
  await sleep(20)
}

// proves 29.E7: a message to many that waits
test("29.E7: once what is old takes more than 100 MB, it grows to 1.75 times of what is in use", async () => {
  const told: string[] = []
  boundHeap({ flags: [], nodeOptions: undefined, set: (flag) => told.push(flag) })
  await collected()
  assert.deepEqual(told, [])
  const kept = Array.from({ length: 1500 }, (_, n) => Array<number>(10_000).fill(n))
  await collected()
  assert.equal(told.at(-1), "--heap-growing-percent=75")
  kept.length = 0
  await collected()
  assert.equal(told.at(-1), "--heap-growing-percent=0")
})

for (const start of [
  { flags: ["--max-semi-space-size=64"], nodeOptions: undefined },
  { flags: [], nodeOptions: "--enable-source-maps --max_semi_space_size=64" },
]) {
  test(`nothing is held where a size is named: ${JSON.stringify(start)}`, async () => {
    const told: string[] = []
    boundHeap({ ...start, set: (flag) => told.push(flag) })
    const kept = Array.from({ length: 1500 }, (_, n) => Array<number>(10_000).fill(n))
    await collected()
    assert.deepEqual([told, kept.length], [[], 1500])
  })
}

test("V8 knows the flags that are set, and their defaults", () => {
  const options = spawnSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).stdout
  assert.match(options, /--semi-space-growth-factor [^\n]*\n[^\n]*default: --semi-space-growth-factor=2/)
  assert.match(options, /--heap-growing-percent [^\n]*\n[^\n]*default: --heap-growing-percent=0/)
})
