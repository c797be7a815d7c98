import { Transform } from "node:stream"
import type { TransformCallback } from "node:stream"
import { giveBack } from "../../kit/give-back.ts"
import { Refusal } from "../refusal.ts"

/**
 * What a body takes on its way. Far more than waits for the connection to WeCom at any time, which is a piece and 64 KiB each
 * here and in undici, so that what is overwritten is out.
 */
export const OUTGOING_BYTES = 512 * 1024
/** Node reads no more at once. */
const PIECE_BYTES = 64 * 1024

/**
 * A body on its way, counted, since some do not say how long they are. Its pieces are copied into one room, round and round,
 * and given back at once.
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
