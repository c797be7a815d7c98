import assert from "node:assert/strict"
import { mkdtempDisposableSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { TestTimes } from "./test-times.ts"

test("what each file took is there in the next run, and that of files that were not run stays", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "test-times-"))
  const path = join(folder.path, "cache", "times.json")
  const first = new TestTimes(path)
  assert.equal(first.of("a.test.ts"), undefined)
  first.note("a.test.ts", { wallMs: 12.4, cpuMs: 7 })
  first.note("b.test.ts", { wallMs: 30_000, cpuMs: 20 })
  assert.deepEqual(first.notedOver(20_000), [["b.test.ts", { wallMs: 30_000, cpuMs: 20 }]])
  first.write()
  const second = new TestTimes(path)
  second.note("b.test.ts", { wallMs: 5, cpuMs: 5 })
  second.write()
  const third = new TestTimes(path)
  assert.deepEqual(third.of("a.test.ts"), { wallMs: 12, cpuMs: 7 })
  assert.deepEqual(third.of("b.test.ts"), { wallMs: 5, cpuMs: 5 })
  assert.deepEqual(third.notedOver(0), [])
})

test("a record that cannot be read is none", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "test-times-"))
  const path = join(folder.path, "times.json")
  writeFileSync(path, "{")
  assert.equal(new TestTimes(path).of("a.test.ts"), undefined)
})
