import assert from "node:assert/strict"
import { test } from "node:test"
import type { Language } from "@wecom-push/protocol"
import type { Output } from "../output.ts"
import { tellEvent } from "./tell-event.ts"

/** The line of an event, without the time. */
function lineOf(event: Record<string, unknown>, language: Language): string {
  const lines: string[] = []
  const output: Output = {
    language,
    json: false,
    quiet: false,
    data: (line) => void lines.push(line),
    note: () => assert.fail(),
    warn: () => assert.fail(),
    warnOnce: () => assert.fail(),
    complain: () => assert.fail(),
    paintData: (_, text) => text,
    paintNote: (_, text) => text,
  }
  tellEvent(JSON.stringify({ id: 1, at: "2026-11-25T04:00:00.000Z", message_id: null, data: {}, ...event }), output)
  return lines.join("\n").split("  ").slice(1).join("  ")
}

const quota = { app: "alerts", data: { day: "2026-11-25", person_times: 800 } }

test("a day quota that runs out is reported in words, with what is used", () => {
  assert.equal(
    lineOf({ type: "app.quota_low", ...quota }, "en"),
    "person-times of the day run out  alerts  person-times 800",
  )
  assert.equal(lineOf({ type: "app.quota_low", ...quota }, "zh"), "当日人次即将用完  alerts  人次 800")
  assert.equal(
    lineOf({ type: "app.quota_spent", ...quota }, "en"),
    "person-times of the day are spent; messages wait  alerts  person-times 800",
  )
})

test("an unknown event is shown by its type", () => {
  assert.equal(lineOf({ type: "app.something", app: "alerts" }, "en"), "app.something  alerts")
})

// proves 11.S24: foreign text on a terminal
test("what a member's press holds is shown as text and begins no line of its own", () => {
  const data = { userid: "li\u202Esi", event_key: "yes\n✓ sent \u001B[2J" }
  assert.equal(
    lineOf({ type: "card.clicked", app: "alerts", data }, "en"),
    String.raw`card pressed  alerts  li\u202esi  yes ✓ sent \u001b[2J`,
  )
})
