import { once } from "node:events"
import { createServer } from "node:net"
import type { AddressInfo, Server, Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"

/** A server that speaks bytes, to do to a client what no HTTP server would. */
export interface RawServer extends AsyncDisposable {
  readonly port: number
  /** Whole requests as text, in the order they came in. */
  readonly requests: string[]
  readonly connections: Socket[]
}

export interface RawServerOptions {
  /** Once for each connection, before anything is read. */
  readonly onConnection?: (socket: Socket) => void
  /** Once for each whole request; `number` counts from 1 over all connections. */
  readonly onRequest?: (socket: Socket, number: number) => void
  readonly tls?: { readonly key: string; readonly cert: string }
  /** 127.0.0.1 unless given. */
  readonly host?: string
}

export async function startRawServer({ onConnection, onRequest, tls, host }: RawServerOptions): Promise<RawServer> {
  const requests: string[] = []
  const connections: Socket[] = []
  const accept = (socket: Socket): void => {
    connections.push(socket)
    socket.on("error", () => undefined)
    onConnection?.(socket)
    let unread = Buffer.alloc(0)
    socket.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk])
      for (let length = wholeLength(unread); length !== undefined; length = wholeLength(unread)) {
        requests.push(unread.subarray(0, length).toString("utf8"))
        unread = unread.subarray(length)
        onRequest?.(socket, requests.length)
      }
    })
  }
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept)
  server.on("tlsClientError", () => undefined)
  server.listen(0, host ?? "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

function wholeLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n")
  if (headEnd === -1) return undefined
  const bodyBytes = Number(/^content-length: *(\d+)/im.exec(bytes.subarray(0, headEnd).toString("latin1"))?.[1] ?? 0)
  const length = headEnd + 4 + bodyBytes
  return bytes.length >= length ? length : undefined
}

/** A whole HTTP answer. */
export function httpAnswer(body: string, status = "200 OK", contentType = "application/json"): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await startRawServer({})
  await server[Symbol.asyncDispose]()
  return server.port
}
