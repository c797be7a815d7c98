import type { Readable } from "node:stream"
import { Problem } from "../../problems/problem.ts"

/**
 * Reads a body to its end, into memory that nothing else shares. A long body whose length is known is put together while it
 * arrives: copying 50 megabytes at once would hold the thread for tens of milliseconds.
 * @param length as the client says it; undefined if it does not
 * @param limit in bytes: a longer body is not read further
 */
export function readWhole(
  payload: Readable,
  { length, limit }: { readonly length: number | undefined; readonly limit: number },
  done: (error: Error | null, body?: Buffer) => void,
): void {
  if (length !== undefined && length > limit) return done(new Problem("body_too_large"))
  const whole = length !== undefined && length >= LONG_BYTES ? Buffer.allocUnsafeSlow(length) : undefined
  const pieces: Buffer[] = []
  let received = 0
  const onData = (piece: Buffer): void => {
    const from = received
    received += piece.length
    if (received > limit) end(new Problem("body_too_large"))
    else if (whole === undefined) pieces.push(piece)
    else piece.copy(whole, from)
  }
  const onEnd = (): void => end()
  // Any error that is not our refusal means that the client has broken off.
  const onError = (error: Error): void =>
    end(error instanceof Problem ? error : Object.assign(error, { statusCode: 400 }))
  const end = (error?: Error): void => {
    payload.off("data", onData).off("end", onEnd).off("error", onError)
    if (error === undefined) done(null, whole ?? Buffer.concat(pieces, received))
    else done(error)
  }
  payload.on("data", onData).on("end", onEnd).on("error", onError).resume()
}

const LONG_BYTES = 64 * 1024
