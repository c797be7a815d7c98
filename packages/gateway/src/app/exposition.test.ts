import assert from "node:assert/strict"
import { test } from "node:test"
import { anyText, fc } from "../../../../tools/testing/fast-check.ts"
import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client"
import { figuresOf } from "./exposition.ts"

const OF_EVERYBODY = new Set(["up"])

/** The names of the series that have values in a text, and of the figures that have headings. */
function read(text: string): { readonly series: readonly string[]; readonly headings: readonly string[] } {
  const lines = text.split("\n").filter((line) => line !== "")
  return {
    series: lines.filter((line) => !line.startsWith("#")).map((line) => line.slice(0, line.lastIndexOf(" "))),
    headings: lines.flatMap((line) => /^# HELP (\w+)/.exec(line)?.[1] ?? []),
  }
}

test("of figures what is about an app in scope is left, and what everybody may know; a figure without any has no heading", async () => {
  const registry = new Registry()
  const registers = [registry]
  const sent = new Counter({ name: "sent", help: "Sent.", labelNames: ["app", "state"], registers })
  sent.inc({ app: "alerts", state: "sent" })
  sent.inc({ app: "hr", state: "sent" })
  new Histogram({ name: "took", help: "Took.", labelNames: ["app"], buckets: [1], registers }).observe({ app: "hr" }, 2)
  new Gauge({ name: "of_alerts", help: "Alerts.", labelNames: ["app"], registers }).set({ app: "alerts" }, 1)
  new Gauge({ name: "up", help: "Up.", registers }).set(1)
  new Gauge({ name: "memory", help: "Memory.", registers }).set(1)
  const text = await registry.metrics()
  const { series, headings } = read(figuresOf(text, ["hr", "gone"], OF_EVERYBODY))
  assert.deepEqual(series, [
    'sent{app="hr",state="sent"}',
    'took_bucket{le="1",app="hr"}',
    'took_bucket{le="+Inf",app="hr"}',
    'took_sum{app="hr"}',
    'took_count{app="hr"}',
    "up",
  ])
  assert.deepEqual(headings, ["sent", "took", "up"])
  assert.equal(figuresOf(text, "all", OF_EVERYBODY), text)
  assert.equal(figuresOf(text, [], new Set()), "")
})

test("no text in another label makes a series look like that of an app in scope, nor hides one", async () => {
  const texts = fc.oneof(
    anyText(),
    fc.constantFrom('app="hr"', '",app="hr', '\\",app=\\"hr', '} 1\nother{app="hr"} 1', "\\", '\\"', "\u2028\r"),
  )
  await fc.assert(
    fc.asyncProperty(texts, texts, async (before, behind) => {
      const registry = new Registry()
      const labelNames = ["a", "app", "z"]
      const gauge = new Gauge({ name: "g", help: "G.", labelNames, registers: [registry] })
      gauge.set({ a: before, app: "hr", z: behind }, 1)
      gauge.set({ a: before, app: "alerts", z: behind }, 2)
      const lines = figuresOf(await registry.metrics(), ["hr"], OF_EVERYBODY).split("\n")
      assert.deepEqual(
        lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.slice(-2)),
        [" 1"],
      )
    }),
  )
})
