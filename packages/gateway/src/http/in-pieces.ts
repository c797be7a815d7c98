import { Readable } from "node:stream"
import type { App } from "./app.ts"
import type { Rounds } from "./rounds.ts"

/** The system copies a piece in a fraction of a millisecond; all of a megabyte takes one, of a thousand clients a second. */
const PIECE_BYTES = 64 * 1024

/** Long answers go out piece by piece, each in its round: a thousand clients who ask for one at once hold up nobody. */
export function sendInPieces(app: App, rounds: Rounds): void {
  app.addHook("onSend", (request, reply, payload, done) => {
    const isLong = (typeof payload === "string" || payload instanceof Uint8Array) && payload.length > PIECE_BYTES
    if (!isLong || request.method === "HEAD") return done()
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload
    reply.header("content-length", bytes.byteLength)
    done(null, Readable.from(piecesOf(bytes, rounds), { objectMode: false, highWaterMark: PIECE_BYTES }))
  })
}

async function* piecesOf(bytes: Uint8Array, rounds: Rounds): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    if (at > 0) await new Promise<void>((resolve) => rounds.wait(resolve))
    yield bytes.subarray(at, at + PIECE_BYTES)
  }
}
