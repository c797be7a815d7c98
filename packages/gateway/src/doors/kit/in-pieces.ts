import { Readable } from "node:stream"
import type { App } from "./app.ts"
import type { Rounds } from "./rounds.ts"

/** The system copies a piece in a fraction of a millisecond; all of a megabyte takes one, of a thousand clients a second. */
const PIECE_BYTES = 64 * 1024

/** Long answers go out piece by piece, each in its round: a thousand clients who ask for one at once delay no other client. */
export function sendInPieces(app: App, rounds: Rounds): void {
  app.addHook("onSend", (request, reply, payload, done) => {
    const isLong = (typeof payload === "string" || payload instanceof Uint8Array) && payload.length > PIECE_BYTES
    if (!isLong || request.method === "HEAD") return done()
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload
    reply.header("content-length", bytes.byteLength)
    done(null, new Pieces(bytes, rounds))
  })
}

/** Not a generator, whose promises for each piece would make the collector's work of a thousand long answers. */
class Pieces extends Readable {
  readonly #bytes: Uint8Array
  readonly #rounds: Rounds
  #at = 0

  constructor(bytes: Uint8Array, rounds: Rounds) {
    super({ highWaterMark: PIECE_BYTES })
    this.#bytes = bytes
    this.#rounds = rounds
  }

  override _read(): void {
    this.#rounds.wait(this.#pushNext)
  }

  readonly #pushNext = (): void => {
    if (this.destroyed) return
    const piece = this.#bytes.subarray(this.#at, this.#at + PIECE_BYTES)
    this.#at += piece.byteLength
    this.push(piece)
    // In the same round: a client takes the answer for ended once it has the last byte.
    if (this.#at === this.#bytes.byteLength) this.push(null)
  }
}
