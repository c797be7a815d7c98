import assert from "node:assert/strict"
import { test } from "node:test"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { MemberWindows } from "./member-windows.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const MEMBERS = 100_000

setFlagsFromString("--expose-gc")
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8's own `gc`, which no type describes
const collect = runInNewContext("gc") as () => void

/** Calls of a thousand members each, to all members; none arrives. */
function tryAll(windows: MemberWindows): void {
  for (let from = 0; from < MEMBERS; from += 1000) {
    const send = { at: Infinity }
    for (let n = from; n < from + 1000; n++) windows.force(`member-${n}`, send, NOW)
    send.at = -Infinity
  }
}

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

// proves 29.E7: a message to many that waits
test("issue 29, E7: repeating a call that does not arrive does not grow the memory of a member's windows", () => {
  const windows = new MemberWindows({ memberPerMinute: 30, memberPerHour: 1000 })
  tryAll(windows)
  const once = heapUsed()
  for (let tries = 0; tries < 3; tries++) tryAll(windows)
  // A list for each would be four megabytes for each try.
  assert.ok(heapUsed() - once < 1_000_000, `${heapUsed() - once} bytes more`)
  assert.equal(windows.freeAt(["member-7"], NOW), undefined)
})
