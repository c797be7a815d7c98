import type { FastifyReply } from "fastify"

/**
 * Sends one event; resolves when there is room for the next one, or when the connection is closed. The plugin's own
 * waits for `drain` or `error`: a reader that stopped reading and then left would be waited for for ever.
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
