import assert from "node:assert/strict"
import { test } from "node:test"
import { LargeBodies } from "../doors/large-bodies/large-bodies.ts"
import type { PreparedItem } from "./large-body-reader.ts"
import { messagesOfLines } from "./take-batch.ts"

const PIECE_BYTES = 64 * 1024
const LINE = '{"to":{"users":["lisi"]},"msgtype":"text","text":{"content":"hi"}}'

async function taken(text: string): Promise<readonly PreparedItem[]> {
  const bytes = Buffer.from(text)
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
  }
  await using largeBodies = new LargeBodies(() => assert.fail())
  const options = { now: Date.now, limitBytes: Infinity, largeBodies, client: "a", hold: () => true }
  const items: PreparedItem[] = []
  for await (const group of messagesOfLines(pieces(), options)) items.push(...group)
  return items
}

for (const [what, blank] of [
  ["nothing", "\n"],
  ["a carriage return", "\r\n"],
  ["indentation", " \t\n"],
] as const) {
  test(`lines of ${what} are passed over in a moment, however many they are`, async () => {
    const blanks = blank.repeat(4_000_000)
    const before = process.threadCpuUsage()
    let count = 0
    for (let at = 0; at < blanks.length; at++) if (blanks.charCodeAt(at) === 10) count++
    const counting = process.threadCpuUsage(before)
    const items = await taken(`${LINE}\n${blanks}  ${LINE}\n${blanks}`)
    const countedMs = (counting.user + counting.system) / 1000
    // The CPU time of this thread alone, so that other work on the machine makes no difference.
    const { user, system } = process.threadCpuUsage(before)
    const ms = (user + system) / 1000 - countedMs
    assert.deepEqual([items.length, count], [2, 4_000_000])
    // Blank lines handled as lines of their own would take ten times as long.
    assert.ok(ms < 25 * countedMs + 200, `${ms.toFixed(0)} ms; to count them took ${countedMs.toFixed(0)} ms`)
  })
}
