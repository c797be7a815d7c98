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
