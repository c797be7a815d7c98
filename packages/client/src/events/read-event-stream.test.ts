import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { EventStreamReader } from "./read-event-stream.ts"
import type { ServerSentEvent } from "./read-event-stream.ts"

function read(...pieces: readonly string[]): readonly ServerSentEvent[] {
  const reader = new EventStreamReader()
  return pieces.flatMap((piece) => reader.push(piece))
}

const STREAM =
  ': heartbeat\r\n\r\nid: 3\r\nretry: 2000\r\n\r\nid:4\nevent: a\ndata: {"b":\ndata:  1}\n\n\n\nid: 5\rdata\r\rid: 6\ndata: {'

test("30.client: ids and data of whole blocks are read, whatever ends the lines; half a block is not", () => {
  assert.deepEqual(read(STREAM), [{}, { id: "3" }, { id: "4", data: '{"b":\n 1}' }, { id: "5", data: "" }])
})

test("30.client: a stream is read the same however it is cut", () => {
  const whole = read(STREAM)
  const cuts = fc.uniqueArray(fc.nat(STREAM.length))
  fc.assert(
    fc.property(cuts, (places) => {
      const bounds = [0, ...places.toSorted((a, b) => a - b), STREAM.length]
      const pieces = bounds.slice(1).map((end, index) => STREAM.slice(bounds[index], end))
      assert.deepEqual(read(...pieces), whole)
    }),
  )
})
