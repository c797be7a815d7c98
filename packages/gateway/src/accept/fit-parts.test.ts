import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppMessage } from "@wecom-push/protocol"
import { fitParts } from "./fit-parts.ts"

const aText = (content: string): AppMessage => ({ msgtype: "text", text: { content } })
const aMarkdown = (content: string): AppMessage => ({ msgtype: "markdown", markdown: { content } })

/** The longest text that fits: each part has room for its number in front. */
const FITS = 2000 * 100

// proves 28.D2: bodies of millions of names
test("what takes more than a hundred messages is reported by its length, without being split", () => {
  for (const message of [aText("a".repeat(2048 * 20_000)), aMarkdown("中".repeat(2048 * 10_000))]) {
    const before = process.threadCpuUsage()
    const fitted = fitParts(message, "split")
    const { user, system } = process.threadCpuUsage(before)
    assert.deepEqual(fitted, { needed: message.msgtype === "text" ? 20_000 : 30_000 })
    // Splitting it takes over ten seconds.
    assert.ok(user + system < 3_000_000, `${user + system} µs`)
  }
})

test("a hundred messages are made, and of a hundred and one the number is reported", () => {
  const hundred = fitParts(aText("a".repeat(FITS)), "split")
  assert.ok("parts" in hundred)
  assert.ok(hundred.parts.length >= 98 && hundred.parts.length <= 100)
  assert.deepEqual(fitParts(aText("a".repeat(2048 * 100)), "split"), { needed: 101 }, "the numbers take room, too")
})

test("what is not split may be as long as it is", () => {
  const long = aText("a".repeat(2048 * 1000))
  for (const overflow of [undefined, "reject", "truncate"] as const) {
    const fitted = fitParts(long, overflow)
    assert.equal("parts" in fitted && fitted.parts.length, 1, overflow)
  }
})
