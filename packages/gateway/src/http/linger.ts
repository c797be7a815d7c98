import type { IncomingMessage, ServerResponse } from "node:http"
import { Readable } from "node:stream"

/**
 * An answer to a request whose body nobody will read. It is out at once, but the connection stays for a moment and what
 * still comes is thrown away: closing it while the client writes would take the answer from under its eyes.
 */
export function lingering(answer: string, request: IncomingMessage, response: ServerResponse): Readable {
  return Readable.from(
    (async function* () {
      if (answer === "") response.flushHeaders()
      else yield answer
      await drained(request)
    })(),
    { objectMode: false },
  )
}

/** Ends the connection of a request that is answered, unless the rest of its body comes within a moment. */
export function dropRest(request: IncomingMessage): void {
  void drained(request).then(() => request.complete || request.destroy())
}

async function drained(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, LINGER_MS)
  for (const event of ["end", "close", "error"]) request.once(event, resolve)
  // Read, though it is thrown away: unread, what has come so far of each would stay in memory.
  request.resume()
  if (!request.readableEnded && !request.destroyed) await promise
  clearTimeout(timer)
}

const LINGER_MS = 2000
