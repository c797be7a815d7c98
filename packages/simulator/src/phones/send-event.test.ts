import { connect } from "node:net"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { fastifySSE } from "@fastify/sse"
import fastify from "fastify"
import { sendEvent } from "./send-event.ts"

/** More than the system buffers for a connection whose client does not read. */
const EVENT = { event: "phone", data: "x".repeat(64 * 1024 * 1024) }

for (const [how, leave] of [
  ["resets", "resetAndDestroy"],
  ["closes", "destroy"],
] as const) {
  test(
    `a writer that waits for a page learns when a page that stopped reading ${how}`,
    { timeout: 20_000 },
    async () => {
      const waiting = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<void>()
      const server = fastify({ forceCloseConnections: true })
      await server.register(fastifySSE)
      server.get("/", { sse: { kind: "only" } }, async (_request, reply) => {
        const sent = sendEvent(reply, EVENT)
        waiting.resolve()
        await sent
        // Sending to a page that has left ends at once.
        await sendEvent(reply, EVENT)
        ended.resolve()
      })
      await server.listen({ port: 0, host: "127.0.0.1" })
      // Not awaited, because closing would wait for the connection that this test is about.
      using _closing = { [Symbol.dispose]: () => void server.close() }
      const page = connect((server.server.address() as AddressInfo).port, "127.0.0.1")
      page.pause().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      await waiting.promise
      page[leave]()
      await ended.promise
      await server.close()
    },
  )
}
