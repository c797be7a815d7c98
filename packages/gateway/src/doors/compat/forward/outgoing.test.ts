import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { test } from "node:test"
import { setImmediate as turn } from "node:timers/promises"
import { undiciTransport } from "@wecom-push/sdk"
import { AttemptLimit } from "@wecom-push/sdk/internals"
import { Outgoing } from "./outgoing.ts"

const PIECE_BYTES = 64 * 1024
const MEGABYTE = 1024 * 1024

// proves 32.forward: a long body takes half a megabyte on its way
test("a long body arrives as it was at a server that reads slowly, and its pieces are given back on the way", async () => {
  const pieces = Array.from({ length: 256 }, (_, n) => Buffer.alloc(n % 3 === 0 ? PIECE_BYTES : 20_000 + n, `${n} `))
  const bytes = Buffer.concat(pieces)
  let received: Buffer | undefined
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received = await readSlowly(request)
    response.end("{}")
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const transport = undiciTransport()
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/cgi-bin/media/uploadimg`)
  const headers = { "content-length": String(bytes.length) }
  const body = Readable.from(pieces).pipe(new Outgoing(64 * MEGABYTE))
  const limit = new AttemptLimit(undefined)
  const { status } = await transport.pass(url, { method: "POST", search: "", headers, body, limit })
  assert.equal(status, 200)
  assert.equal(hash("sha256", received ?? ""), hash("sha256", bytes))
  assert.deepEqual(new Set(pieces.map(({ byteLength }) => byteLength)), new Set([0]))
  await transport.close()
  server.close()
})

async function readSlowly(request: IncomingMessage): Promise<Buffer> {
  const read: Buffer[] = []
  for await (const piece of request) {
    read.push(piece as Buffer)
    for (let n = 0; n < 5; n++) await turn()
  }
  return Buffer.concat(read)
}
