// A minimal proxy for reads: Node's server and a pool, which check no key, token or pace, and store nothing.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Pool } from "undici"

const origin = `http://127.0.0.1:${process.argv[2]}`
const pool = new Pool(origin, { connections: 128 })

const server = createServer((request, response) => {
  const pieces: Buffer[] = []
  const headers: Record<string, string> = {}
  pool.dispatch(
    { origin, path: request.url ?? "/", method: "GET" },
    {
      // undici recognizes the current kind of handler by this function.
      onRequestStart: () => undefined,
      onResponseStart(_controller, status, given) {
        for (const name of ["content-type", "content-length"]) headers[name] = String(given[name])
        response.statusCode = status
      },
      onResponseData: (_controller, piece) => void pieces.push(piece),
      onResponseEnd() {
        response.writeHead(response.statusCode, headers)
        response.end(Buffer.concat(pieces).toString())
      },
      onResponseError: () => response.destroy(),
    },
  )
})
server.keepAliveTimeout = 60_000
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }))
