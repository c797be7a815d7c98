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
  /** The port to which incoming connections are passed on. */
  targetPort = 0
  /** How many bytes clients have sent, inside TLS if it is used. */
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

  /** Listens, on the port that it had before if there was one. */
  async open(certificate?: Certificate): Promise<void> {
    this.#certificate = certificate
    const lead = (client: Socket): void => this.#lead(client)
    this.#server = certificate === undefined ? createServer(lead) : createTlsServer(certificate, lead)
    this.#server.on("connection", (socket) => this.#keep(socket))
    // No other program may get the port while it is shut.
    this.#port ||= await freePort()
    this.#server.listen(this.#port, "127.0.0.1")
    await once(this.#server, "listening")
  }

  /** Stops listening, and ends all connections. */
  async shut(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    this.dropConnections()
    server.close()
    await once(server, "close")
  }

  /** @param isReset resets the connections, as a firewall does that has forgotten them */
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
