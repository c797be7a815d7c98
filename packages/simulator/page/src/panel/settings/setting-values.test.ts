import assert from "node:assert/strict"
import { test } from "node:test"
import { effectiveSettings, parseSettings, type Settings } from "../../../../src/settings.ts"
import { changedSettings, fitsSearch, rowGroups, settingsBody, valueText } from "./setting-values.ts"

const DEFAULTS = effectiveSettings({}, 1000)
const ROWS = rowGroups(DEFAULTS, DEFAULTS).flatMap(({ rows }) => rows)
const row = (name: string) => {
  const found = ROWS.find((one) => one.name === name)
  assert.ok(found)
  return found
}

test("every setting and every limit of the simulator has its row, once", () => {
  const { limits, ...rest } = DEFAULTS
  assert.deepEqual(ROWS.map(({ name }) => name).toSorted(), [...Object.keys(rest), ...Object.keys(limits)].toSorted())
})

test("every choice on offer is one the simulator takes, and the default is on offer", () => {
  for (const one of ROWS) {
    if (one.spec.kind !== "choice") continue
    const values = one.spec.options.map(({ value }) => value)
    assert.ok(
      values.some((value) => value === one.default),
      one.name,
    )
    for (const value of values) assert.deepEqual(parseSettings({ [one.name]: value }).badFields, [], one.name)
  }
})

test("what may be null is what the simulator lets be null", () => {
  for (const one of ROWS) {
    const { badFields } = parseSettings(JSON.parse(settingsBody([{ row: one, value: null }])))
    assert.equal(badFields.length === 0, one.spec.kind === "numberOrNull", one.name)
  }
})

test("what differs from its default is shown, limits included, and can be put back in one call", () => {
  const changed = effectiveSettings({ long_text: "refuse", limits: { member_per_minute: null } }, 1000)
  const rows = changedSettings(changed, DEFAULTS)
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["long_text", "member_per_minute"],
  )
  const body: unknown = JSON.parse(settingsBody(rows.map((row) => ({ row, value: row.default }))))
  assert.deepEqual(body, { long_text: "cut", limits: { member_per_minute: 30 } })
  assert.deepEqual(settingsBody([]), "{}")
})

function found(query: string, language: "zh" | "en"): string[] {
  return ROWS.filter((one) => fitsSearch(one, query, language)).map(({ name }) => name)
}

test("a setting is found by its name, by its words, and by what is said of it", () => {
  assert.deepEqual(found("long_te", "en"), ["long_text"])
  assert.deepEqual(found("Member Hour", "en"), ["member_per_hour", "chat_person_times_per_hour"])
  assert.deepEqual(found("60020", "zh"), ["ip_check_gettoken", "ip_check_send"])
  assert.deepEqual(found("no such", "en"), [])
})

function said(name: keyof Settings | keyof Settings["limits"], value: boolean | number | string | null): string {
  return valueText(row(name), value, "en", { on: "on", off: "off" })
}

test("a value is said as a person reads it", () => {
  assert.equal(said("repeat_token", true), "on")
  assert.equal(said("long_text", "cut"), "cut")
  assert.equal(said("keep", null), "all")
  assert.equal(said("concurrent_calls", null), "off")
  assert.equal(said("app_person_times_per_day", 200_000), "200,000")
})
