import assert from "node:assert/strict"
import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import { dropRest } from "./linger.ts"

const PIECE_BYTES = 64 * 1024

test("what still comes of an unread body is given back at once, not left to the collector", async () => {
  const request = new IncomingMessage(new Socket())
  const early = Buffer.alloc(PIECE_BYTES)
  request.push(early)
  dropRest(request)
  await turn()
  assert.equal(early.byteLength, 0, "what had come before")
  const late = Buffer.alloc(PIECE_BYTES)
  request.push(late)
  await turn()
  assert.equal(late.byteLength, 0, "what came after")
  request.push(null)
})

test("a piece that shares its buffer with others is left to them", async () => {
  const request = new IncomingMessage(new Socket())
  const whole = Buffer.alloc(PIECE_BYTES, "x")
  dropRest(request)
  request.push(whole.subarray(1))
  await turn()
  assert.equal(whole.toString("latin1"), "x".repeat(PIECE_BYTES))
  request.push(null)
})

test("a piece that another node has seen is left to it, also when they look no further", async () => {
  const request = new IncomingMessage(new Socket())
  const seen: Buffer[] = []
  request.on("data", function once(piece: Buffer) {
    seen.push(piece)
    request.off("data", once)
  })
  dropRest(request)
  const pieces = ["a", "b"].map((text) => Buffer.alloc(PIECE_BYTES, text))
  for (const piece of pieces) request.push(piece)
  await turn()
  assert.deepEqual(seen, pieces.slice(0, 1))
  assert.deepEqual(
    pieces.map(({ byteLength }) => byteLength),
    [PIECE_BYTES, 0],
  )
  request.push(null)
})

test("pieces that another reads one by one are left to it", async () => {
  const request = new IncomingMessage(new Socket())
  const read: number[] = []
  request.on("readable", () => {
    const piece: unknown = request.read()
    if (piece instanceof Buffer) read.push(piece.byteLength)
  })
  dropRest(request)
  request.push(Buffer.alloc(PIECE_BYTES))
  await turn()
  assert.deepEqual(read, [PIECE_BYTES])
  request.push(null)
})
