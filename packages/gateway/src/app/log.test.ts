import assert from "node:assert/strict"
import { test } from "node:test"
import { createLog } from "./log.ts"
import { scrub } from "../model/scrub.ts"

function lines(): { readonly written: string[]; readonly to: { write(line: string): void } } {
  const written: string[] = []
  return { written, to: { write: (line) => void written.push(line) } }
}

test("a line is JSON with level and time", () => {
  const { written, to } = lines()
  createLog("info", to).info({ app: "alerts" }, "app paused")
  const { level, time, app, msg } = JSON.parse(written[0] ?? "")
  assert.deepEqual([level, app, msg], ["info", "alerts", "app paused"])
  assert.ok(!Number.isNaN(Date.parse(time)))
})

test("what is below the level is not written", () => {
  const { written, to } = lines()
  const log = createLog("warn", to)
  log.info("no")
  log.warn("yes")
  assert.equal(written.length, 1)
})

// proves 28.log: numbers in the log
test("numbers keep their ends, and nothing that looks like one by chance loses its middle", () => {
  const cases = [
    ["13800000001", "138****0001"],
    ["to 13800000001, 13900000002", "to 138****0001, 139****0002"],
    ["+8613800000001", "+86138****0001"],
    ["8613800000001 008613800000001", "86138****0001 0086138****0001"],
    ['"+86 138 0000 0001"', '"+86138****0001"'],
    ["+86-138-0000-0001, 138-0000-0001", "+86138****0001, 138****0001"],
    ["+85251234567", "+852****4567"],
    ["+1380000000112345678", "+1380000000112345678"],
    ["2026-01-01T08:00:00+08:00", "2026-01-01T08:00:00+08:00"],
    ['"time":1764043200000', '"time":1764043200000'],
    ["msg_01890000-0000-7000-8000-013800000001", "msg_01890000-0000-7000-8000-013800000001"],
    ["12345678901", "12345678901"],
    ["3.13800000001", "3.13800000001"],
  ] as const
  for (const [line, scrubbed] of cases) assert.equal(scrub(line), scrubbed)
})

// proves 3.1: `serve`
test("keys, tokens and secrets are hidden wherever they are", () => {
  const key = `wp_${"a".repeat(43)}`
  assert.equal(scrub(`by ${key}.`), "by wp_***.")
  assert.equal(scrub("?access_token=abc-DEF&corpsecret=x&debug=1"), "?access_token=***&corpsecret=***&debug=1")
  assert.equal(scrub("Authorization: Bearer abc.def"), "Authorization: Bearer ***")
  assert.equal(scrub("postgres://user:pass@host/db"), "postgres://***@host/db")
})
