import { once } from "node:events"
import { createConnection, createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { pairSockets } from "./pair-sockets.ts"

/** A PostgreSQL server with TLS for its clients; the server behind it has none. */
export interface TlsFront extends AsyncDisposable {
  /** The same database through it. */
  url(params?: string): string
  /** The certificate that it shows from now on. Existing connections end. */
  show(tls: Certificate): void
  /** How many connections were opened. */
  readonly connections: number
  /** All bytes that came in, with or without TLS: a login would be among them. */
  readonly heard: string
}

interface Certificate {
  readonly key: string
  readonly cert: string
}

/** @param url of a database, whose server is reached by a socket file */
export async function startTlsFront(url: string, shown: Certificate): Promise<TlsFront> {
  let tls = shown
  const folder = new URL(url.replace("@/", "@x/")).searchParams.get("host") ?? ""
  const sockets = new Set<Socket>()
  const heard: Buffer[] = []
  let connections = 0
  const server = createServer((from) => {
    connections++
    from.on("error", () => undefined)
    from.once("data", (first) => {
      if (!first.equals(SSL_REQUEST)) {
        heard.push(first)
        return
      }
      from.write("S")
      const secure = new TLSSocket(from, { ...tls, isServer: true })
      const to = createConnection(`${folder}/.s.PGSQL.5432`)
      pairSockets(secure, to, sockets)
      secure.on("data", (chunk: Buffer) => heard.push(chunk))
      secure.pipe(to)
      to.pipe(secure)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: (params = "") => url.replace("@/", `@127.0.0.1:${port}/`).replace(/\?.*$/, params),
    show(other) {
      tls = other
      for (const socket of sockets) socket.destroy()
    },
    get connections() {
      return connections
    },
    get heard() {
      return Buffer.concat(heard).toString("latin1")
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
