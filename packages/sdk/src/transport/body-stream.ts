import { chunksIn } from "../blob-chunks.ts"
import type { TransportRequest } from "../transport.ts"

/** The bytes of a blob, reported as they are taken. */
export async function* chunksOf(
  blob: Blob,
  onSent: TransportRequest["onSent"],
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0
  for await (const chunk of chunksIn(blob)) {
    yield chunk
    // The reader of the chunks asks again when there is room for the next one.
    sentBytes += chunk.byteLength
    onSent?.(chunk, sentBytes)
  }
}

/** The source of an answer's bytes. */
export interface ByteSource {
  /** Resolves with `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>
  cancel(): void
}

/** Takes a piece only when the reader wants one. `toFault` says what a failure of the source means. */
export function streamOf(source: ByteSource, toFault: (error: unknown) => unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await source.next()
          if (chunk === undefined) controller.close()
          else controller.enqueue(chunk)
        } catch (error) {
          controller.error(toFault(error))
        }
      },
      cancel: () => source.cancel(),
    },
    { highWaterMark: 0 },
  )
}

/** The part of Node's `Readable` that is needed here. */
interface NodeReadable {
  on(event: "error", listener: () => void): unknown
  destroy(): unknown
  [Symbol.asyncIterator](): AsyncIterator<unknown>
}

export function readableSource(readable: NodeReadable): ByteSource {
  // The iterator reports failures; one that comes while nothing is read must not end the process.
  readable.on("error", () => undefined)
  const chunks = readable[Symbol.asyncIterator]()
  return {
    async next() {
      const { value } = await chunks.next()
      return value instanceof Uint8Array ? value : undefined
    },
    cancel: () => void readable.destroy(),
  }
}
