import { endOf, WaitEnded } from "../shared-work/shared-task.ts"
import { clampTimerMs } from "../timer.ts"

/** How long a caller waits for the bytes of a file. */
export interface ReadLimits {
  /** Ends the reading; when its reason is a `TimeoutError`, the time is up. */
  readonly signal?: AbortSignal | undefined
  /** How many milliseconds a stream may give no data. Unlimited unless given. */
  readonly stallMs?: number | undefined
}

/** A stream gave no data for longer than allowed. */
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
 * The pieces of a stream; each is waited for within the limits, and the time that the reader takes is not counted. A
 * reader that stops, or is stopped, also stops the stream, even in the middle of a piece.
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
      // A new promise for each piece, because a single one would keep every race that it took part in.
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
  /** Does not wait for the piece that is being read, which may never come. */
  stop(): void
}

function openStream(stream: AsyncIterable<Uint8Array>): Source {
  if (stream instanceof ReadableStream) {
    // The stream's own iterator would stop only when the next piece has come.
    const reader: ReadableStreamDefaultReader<Uint8Array> = stream.getReader()
    return { next: () => reader.read(), stop: () => void reader.cancel().catch(() => undefined) }
  }
  const iterator = stream[Symbol.asyncIterator]()
  return {
    // Not all hand-written iterators return a promise.
    next: async () => iterator.next(),
    stop() {
      // As for Node's streams; a generator that waits for its next piece is stopped only after that piece.
      if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy()
      else void Promise.resolve(iterator.return?.()).catch(() => undefined)
    },
  }
}
