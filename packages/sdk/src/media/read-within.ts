import { endOf, WaitEnded } from "../shared-work/shared-task.ts"
import { clampTimerMs } from "../timer.ts"

/** How long a caller waits for the bytes of a file. */
export interface ReadLimits {
  /** Ends the reading; a `TimeoutError` as its reason says that time is up. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for which a stream may give nothing. Unlimited unless given. */
  readonly stallMs?: number | undefined
}

/** A stream has given nothing for as long as it may. */
export class SourceStalled extends Error {
  override readonly name = "SourceStalled"
  readonly code = "STALLED"
  readonly stallMs: number

  constructor(stallMs: number) {
    super(`nothing came for ${stallMs} ms`)
    this.stallMs = stallMs
  }
}

/**
 * The pieces of a stream, each waited for within the limits; the time that their reader takes is not counted. A reader that
 * leaves, or is made to leave, stops the stream, also in the middle of a piece.
 * @throws {WaitEnded} {@link SourceStalled} and the error with which the stream fails
 */
export async function* readWithin(
  stream: AsyncIterable<Uint8Array>,
  { signal, stallMs = Infinity }: ReadLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = openStream(stream)
  let giveUp: ((reason: unknown) => void) | undefined
  const onAbort = (): void => giveUp?.(new WaitEnded(endOf(signal)))
  signal?.addEventListener("abort", onAbort)
  let hasEnded = false
  try {
    for (;;) {
      if (signal?.aborted === true) throw new WaitEnded(endOf(signal))
      // A promise for each piece: one for all of them would remember every race it was in.
      const { promise, resolve, reject } = Promise.withResolvers<Piece>()
      giveUp = reject
      const timer =
        stallMs === Infinity ? undefined : setTimeout(() => reject(new SourceStalled(stallMs)), clampTimerMs(stallMs))
      source.next().then(resolve, reject)
      const { done, value } = await promise.finally(() => clearTimeout(timer))
      hasEnded = done === true
      if (hasEnded || value === undefined) return
      yield value
    }
  } finally {
    signal?.removeEventListener("abort", onAbort)
    if (!hasEnded) source.stop()
  }
}

interface Piece {
  readonly done?: boolean | undefined
  readonly value?: Uint8Array | undefined | void
}

interface Source {
  next(): Promise<Piece>
  /** Does not wait for the piece that is under way, which may never come. */
  stop(): void
}

function openStream(stream: AsyncIterable<Uint8Array>): Source {
  if (stream instanceof ReadableStream) {
    // Its iterator would let go only when the next piece has come.
    const reader: ReadableStreamDefaultReader<Uint8Array> = stream.getReader()
    return { next: () => reader.read(), stop: () => void reader.cancel().catch(() => undefined) }
  }
  const iterator = stream[Symbol.asyncIterator]()
  return {
    // Not all iterators by hand answer with a promise.
    next: async () => iterator.next(),
    stop() {
      // As for Node's streams; a generator that waits for its next piece hears of it after that only.
      if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy()
      else void Promise.resolve(iterator.return?.()).catch(() => undefined)
    },
  }
}
