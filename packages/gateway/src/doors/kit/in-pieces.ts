import { Readable } from "node:stream"
import type { App } from "./app.ts"
import type { Rounds } from "./rounds.ts"

/**
 * The system copies a piece in a fraction of a millisecond. A whole megabyte takes one millisecond, and for a thousand
 * clients a second.
 */
const PIECE_BYTES = 64 * 1024

/**
 * Sends long answers piece by piece, each piece in its round: a thousand clients that ask for one at once delay no other
 * client.
 */
export function sendInPieces(app: App, rounds: Rounds): void {
  app.addHook("onSend", (request, reply, payload, done) => {
    const isLong = (typeof payload === "string" || payload instanceof Uint8Array) && payload.length > PIECE_BYTES
    if (!isLong || request.method === "HEAD") return done()
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload
    reply.header("content-length", bytes.byteLength)
    done(null, new Pieces(bytes, rounds))
  })
}

/** Not a generator: its promises for each piece would be most of the garbage of a thousand long answers. */
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
    // Ended in the same round, because a client takes the answer for complete once it has the last byte.
    if (this.#at === this.#bytes.byteLength) this.push(null)
  }
}
