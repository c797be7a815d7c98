import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { Server, Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { freePort } from "../../../../../tools/testing/free-port.ts"

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** An address of its own in front of the simulator: it can be shut, opened again, and speak TLS. */
export class Front implements AsyncDisposable {
  /** Where what comes in is led to. */
  targetPort = 0
  /** What clients have sent, behind TLS if there is any. */
  receivedBytes = 0
  #port = 0
  #certificate: Certificate | undefined
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()

  static async open(certificate?: Certificate): Promise<Front> {
    const front = new Front()
    await front.open(certificate)
    return front
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `${this.#certificate === undefined ? "http" : "https"}://127.0.0.1:${this.#port}`
  }

  /** Listens, on the port it had before if it had one. */
  async open(certificate?: Certificate): Promise<void> {
    this.#certificate = certificate
    const lead = (client: Socket): void => this.#lead(client)
    this.#server = certificate === undefined ? createServer(lead) : createTlsServer(certificate, lead)
    this.#server.on("connection", (socket) => this.#keep(socket))
    // While it is shut no other program may be given its port.
    this.#port ||= await freePort()
    this.#server.listen(this.#port, "127.0.0.1")
    await once(this.#server, "listening")
  }

  /** Nothing listens any more, and what was connected is not. */
  async shut(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    this.dropConnections()
    server.close()
    await once(server, "close")
  }

  /** @param isReset without a farewell, as a firewall does that has forgotten them */
  dropConnections({ isReset = false } = {}): void {
    for (const socket of this.#sockets) {
      if (isReset) socket.resetAndDestroy()
      else socket.destroy()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shut()
  }

  #lead(client: Socket): void {
    client.on("error", () => undefined)
    client.on("data", (chunk: Buffer) => (this.receivedBytes += chunk.length))
    const upstream = connect(this.targetPort, "127.0.0.1")
    this.#keep(upstream)
    client.pipe(upstream).pipe(client)
    client.on("close", () => upstream.destroy())
    upstream.on("close", () => client.destroy())
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => this.#sockets.delete(socket))
  }
}
