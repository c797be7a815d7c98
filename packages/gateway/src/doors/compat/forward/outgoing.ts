import { Transform } from "node:stream"
import type { TransformCallback } from "node:stream"
import { giveBack } from "../../kit/give-back.ts"
import { Refusal } from "../refusal.ts"

/**
 * The memory for one body on its way to WeCom. At any time much less waits for the connection to WeCom: one piece, and 64
 * KiB each here and in undici. So bytes that are overwritten have been sent.
 */
export const OUTGOING_BYTES = 512 * 1024
/** Node reads at most this much at once. */
const PIECE_BYTES = 64 * 1024

/**
 * A body on its way to WeCom. Its bytes are counted, since some bodies do not give their length. Its pieces are copied into
 * one ring buffer, and their memory is given back at once.
 */
export class Outgoing extends Transform {
  readonly #limitBytes: number
  readonly #room = Buffer.allocUnsafeSlow(OUTGOING_BYTES)
  #at = 0
  #bytes = 0

  constructor(limitBytes: number) {
    super()
    this.#limitBytes = limitBytes
    // The sender gets the error; without this listener it would end the process.
    this.on("error", () => undefined)
  }

  get isTooLong(): boolean {
    return this.#bytes > this.#limitBytes
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += piece.length
    if (this.isTooLong) done(tooLong(this.#limitBytes))
    else done(null, piece.length > PIECE_BYTES ? piece : this.#moved(piece))
  }

  #moved(piece: Buffer): Buffer {
    if (this.#at + piece.length > OUTGOING_BYTES) this.#at = 0
    const place = this.#room.subarray(this.#at, this.#at + piece.length)
    this.#at += piece.length
    piece.copy(place)
    giveBack(piece)
    return place
  }
}

export function tooLong(limitBytes: number): Refusal {
  return new Refusal(40206, `the body may have at most ${limitBytes} bytes`)
}
