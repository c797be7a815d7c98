import type { IncomingMessage } from "node:http"
import { Readable } from "node:stream"

/**
 * An answer to a request whose body nobody will read. It is out at once, but the connection stays for a moment and what
 * still comes is thrown away: closing it while the client writes would take the answer from under its eyes.
 */
export function lingering(answer: string, request: IncomingMessage): Readable {
  return Readable.from(
    (async function* () {
      yield answer
      await drained(request)
    })(),
    { objectMode: false },
  )
}

async function drained(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, LINGER_MS)
  for (const event of ["end", "close", "error"]) request.once(event, resolve)
  request.resume()
  if (!request.readableEnded && !request.destroyed) await promise
  clearTimeout(timer)
}

const LINGER_MS = 2000
