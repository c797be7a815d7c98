import type { ServerResponse } from "node:http"
import type { FastifyReply } from "fastify"

/**
 * Sends one event; resolves when there is room for the next one, or when the connection is closed. The plugin's own function
 * waits for `drain` or `error`, so it would wait without end for a reader that stopped reading and then left.
 */
export async function sendEvent(reply: FastifyReply, event: Parameters<FastifyReply["sse"]["send"]>[0]): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  reply.raw.once("close", resolve)
  try {
    if (!reply.raw.closed) await Promise.race([reply.sse.send(event), closed])
  } finally {
    reply.raw.off("close", resolve)
  }
}

/** Writes to a stream that `sendEvent` has begun; resolves in the same way. */
export async function writeThrough(answer: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (answer.closed || answer.write(bytes)) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const events = ["drain", "close", "error"] as const
  for (const event of events) answer.on(event, resolve)
  await promise
  for (const event of events) answer.off(event, resolve)
}
