import type { IncomingMessage, ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { giveBack } from "./give-back.ts"

/**
 * An answer to a request whose body is not read. The answer is sent at once, but the connection stays open for a moment, and
 * bytes that still arrive are thrown away: if it closed while the client writes, the client would lose the answer.
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

/** Ends the connection of a request that has its answer, unless the rest of its body arrives within a moment. */
export function dropRest(request: IncomingMessage): void {
  void drained(request).then(() => request.complete || request.destroy())
}

async function drained(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, LINGER_MS)
  for (const event of ["end", "close", "error"]) request.once(event, resolve)
  throwAway(request)
  if (!request.readableEnded && !request.destroyed) await promise
  clearTimeout(timer)
}

/**
 * The body is read, though it is thrown away: unread bytes would stay in memory. The memory of each piece that is read is
 * given back here. But a piece that another listener has seen may be on its way to a disk, and is left to the collector.
 */
function throwAway(request: IncomingMessage): void {
  let isAlone = request.listenerCount("data") === 0 && request.listenerCount("readable") === 0
  request.on("data", (piece: Buffer) => {
    if (isAlone) giveBack(piece)
    isAlone = request.listenerCount("data") === 1 && request.listenerCount("readable") === 0
  })
  request.resume()
}

const LINGER_MS = 2000
