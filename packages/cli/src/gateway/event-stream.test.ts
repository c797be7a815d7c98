import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { readEvents } from "./event-stream.ts"

async function* pieces(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}

async function read(texts: readonly string[]) {
  return Array.fromAsync(readEvents(pieces(texts)))
}

const stream =
  ': connected\r\nretry: 2000\n\nid: 6\n\nid: 7\nevent: message.accepted\ndata: {"a":\ndata: 1}\n\n: heartbeat\n\nid: 8\r\ndata:x\r\n\r\nid: 9\ndata: cut off'

const events = [
  { id: "6", event: "message", data: "" },
  { id: "7", event: "message.accepted", data: '{"a":\n1}' },
  { id: "8", event: "message", data: "x" },
]

test("events come out of a stream, comments and what is cut off do not", async () => {
  assert.deepEqual(await read([stream]), events)
})

test("wherever the stream is cut, the same events come out", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(stream.length), { maxLength: 8 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length]
      const texts = places.slice(1).map((place, index) => stream.slice(places[index], place))
      assert.deepEqual(await read(texts), events)
    }),
  )
})

const edges: Readonly<Record<string, readonly [stream: string, ...data: string[]]>> = {
  "a byte order mark at the beginning is no part of the first field": ["\uFEFFdata: a\n\n", "a"],
  "a carriage return alone ends a line": ["data: a\r\rdata: b\r\r", "a", "b"],
  "a line may end in two pieces": ["data: a\r\n\r\ndata: b\r\n\r\n", "a", "b"],
  "an id with NUL in it is no id": ["id: 1\u00002\ndata: a\n\n", "a"],
  "one blank after the colon is no part of the value, a second one is": ["data:  a\ndata:b\n\n", " a\nb"],
  "unknown fields and fields without a colon are passed over": ["what: is\nthis\ndata\ndata: a\n\n", "\na"],
}

for (const [rule, [text, ...data]] of Object.entries(edges)) {
  test(rule, async () => {
    for (const pieces of [[text], text.split("")]) {
      assert.deepEqual(
        await read(pieces),
        data.map((one) => ({ id: undefined, event: "message", data: one })),
      )
    }
  })
}

/** The CPU time for an event of that length. */
async function secondsFor(length: number): Promise<number> {
  const text = `data: ${"x".repeat(length)}\n\n`
  const cut = Array.from({ length: Math.ceil(text.length / 16) }, (_, n) => text.slice(n * 16, n * 16 + 16))
  const start = process.cpuUsage()
  const [event] = await read(cut)
  assert.equal(event?.data.length, length)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}

// proves 10.8: exit codes, keys, small things
test("an event of a megabyte in pieces of sixteen characters is read in time that grows with its length", async () => {
  await secondsFor(50_000)
  const [short, long] = [await secondsFor(125_000), await secondsFor(1_000_000)]
  // Eight times as long: a reader that reads the rest again with each piece would take 64 times as much.
  assert.ok(long < 0.2 + short * 30, `${short} s and ${long} s`)
})
