import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import type { Server } from "node:net"

/**
 * A port without a listener, for now. None of those that a system hands out when any port is asked for (from 32,768 on Linux,
 * from 49,152 elsewhere): the next server that a test starts may get a port that has just become free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST, MOST)
    const server = createServer()
    if (!(await canListen(server, port))) continue
    server.close()
    await once(server, "close")
    return port
  }
}

function canListen(server: Server, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  server.once("listening", () => resolve(true)).once("error", () => resolve(false))
  server.listen(port, "127.0.0.1")
  return promise
}

/** Above the ports that `fetch` refuses to ask. */
const LEAST = 11_000
const MOST = 32_000
