import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"

/** A forward proxy that leads every tunnel to one local port, whatever name was asked for. */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number
  /** Head of each CONNECT. */
  readonly asked: string[]
  /** Status line of what it answers instead of leading on; undefined: it leads on. */
  refuseWith: string | undefined
}

export async function startConnectProxy(targetPort: number, refuseWith?: string): Promise<ConnectProxy> {
  const asked: string[] = []
  const state = { refuseWith }
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on("error", () => undefined)
  }
  const server = createServer((client) => {
    keep(client)
    client.once("data", (head: Buffer) => {
      asked.push(head.toString("latin1"))
      if (state.refuseWith !== undefined) {
        client.end(`HTTP/1.1 ${state.refuseWith}\r\ncontent-length: 0\r\n\r\n`)
        return
      }
      const upstream = connect(targetPort, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n")
        client.pipe(upstream).pipe(client)
      })
      keep(upstream)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  })
}
