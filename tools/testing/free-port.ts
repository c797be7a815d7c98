import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import type { Server } from "node:net"

/**
 * A port on which nothing listens now. Not one of those that a system chooses by itself (from 32,768 on Linux, from 49,152
 * elsewhere), because the next server that a test starts may get such a port when it has just become free.
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

/** Higher than all ports that `fetch` refuses. */
const LEAST = 11_000
const MOST = 32_000
